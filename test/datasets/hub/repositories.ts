import { locateHubFiles, type Located } from '../../../src/datasets/hub/locate.ts';
import type { RepositoryTree } from '../../../src/datasets/hub/repository-tree.ts';
import { HarnessError } from '../../../src/errors.ts';

export const COMMIT = '1234567890abcdef1234567890abcdef12345678';

/** Contents of a repository: texts by path, or only paths. */
export type Files = readonly string[] | Readonly<Record<string, string>>;

export interface Repository {
  readonly files: Files;
  readonly converted?: readonly string[];
  readonly config?: string;
  readonly revision?: string;
  readonly id?: string;
  readonly partial?: boolean;
  readonly bytes?: number;
}

export function locate({
  files,
  converted,
  config,
  revision = 'main',
  id = 'org/name',
  partial = false,
  bytes = 1,
}: Repository): Promise<Located<RepositoryTree>> {
  const texts: Readonly<Record<string, string>> = Array.isArray(files)
    ? Object.fromEntries(files.map((path: string) => [path, '']))
    : (files as Record<string, string>);
  const tree = (paths: readonly string[]): RepositoryTree => ({
    commit: COMMIT,
    paths: paths.toSorted(),
    partial,
    text: (path) => Promise.resolve(texts[path]),
    bytesOf: () => Promise.resolve(bytes),
  });
  return locateHubFiles({
    id,
    config,
    revision,
    open: (asked) => {
      if (asked === revision) return Promise.resolve(tree(Object.keys(texts)));
      return converted === undefined
        ? Promise.reject(new HarnessError('SOURCE', { what: 'There is no such revision.' }))
        : Promise.resolve(tree(converted));
    },
  });
}

/** `train: a.csv b.csv | test: c.csv`, as the files are read. */
export function said({ files }: Pick<Located<RepositoryTree>, 'files'>): string {
  const splits = [...new Set(files.map(({ split }) => split))];
  return splits
    .map(
      (split) =>
        `${split}: ${files
          .filter((file) => file.split === split)
          .map(({ path }) => path)
          .join(' ')}`,
    )
    .join(' | ');
}

export const card = (yaml: string): string => `---\nlicense: mit\n${yaml}\n---\n# A dataset\n`;
export const TWO = card(
  'configs:\n- config_name: en\n  data_files:\n  - split: train\n    path: en/train.csv\n  - split: test\n    path:\n    - ' +
    'en/test*.csv\n    - extra/[ab].csv\n- config_name: fr\n  data_dir: fr',
);
export const TWO_FILES = {
  'README.md': TWO,
  'en/train.csv': '',
  'en/test1.csv': '',
  'extra/a.csv': '',
  'extra/c.csv': '',
  'fr/train.csv': '',
  'fr/dev.csv': '',
};

/** A repository with a description, and files without texts. */
export const described = (yaml: string, files: readonly string[] = ['a.csv']): Repository => ({
  files: { 'README.md': card(yaml), ...Object.fromEntries(files.map((path) => [path, ''])) },
});
