import { HarnessError, option } from '../../errors.ts';
import { FORMATS } from '../formats.ts';
import { readCard, type Card } from './card.ts';
import { configsOf, type HubConfig } from './configs.ts';
import { convertedConfigs, isConversion } from './converted.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { kindsOf, tablesOf } from './tables.ts';

/** The branch with the hub's own Parquet conversion of a dataset. */
export const CONVERTED = 'refs/convert/parquet';
/** Images, audio and video: no conversion turns them into labelled texts. */
const MEDIA = /\.(?:jpe?g|png|gif|bmp|tiff?|webp|wav|mp3|flac|ogg|opus|m4a|mp4|avi|mov|mkv|webm|glb|obj|stl|nii|dcm|pdf)$/i;

export interface LocateParams<T extends RepositoryTree> {
  /** `org/name` */
  readonly id: string;
  readonly config: string | undefined;
  readonly revision: string;
  /** Opens a revision. Throws OFFLINE, SOURCE. */
  readonly open: (revision: string) => Promise<T>;
}

/** The revision in which the files of a dataset are located. */
export interface Chosen<T> {
  readonly tree: T;
  readonly card: Card;
  readonly configs: readonly HubConfig[];
  /** The README does not assign files to splits: unread files are reported. */
  readonly byName: boolean;
  readonly notes: readonly string[];
}

/** The repository's own files, or the hub's conversion if they need a script or none of them is a table. */
export async function chosenTree<T extends RepositoryTree>({ id, revision, open }: LocateParams<T>): Promise<Chosen<T>> {
  const where = `hf:${id}`;
  const tree = await open(revision);
  const nothing: Card = { configs: [], classNames: new Map() };
  if (revision === CONVERTED || isConversion(tree.paths)) {
    return { tree, card: nothing, configs: convertedConfigs(tree.paths, where), byName: false, notes: [] };
  }
  const [readme, yaml, infos] = [await tree.text('README.md'), await tree.text('.huggingface.yaml'), await tree.text('dataset_infos.json')];
  const card = readCard({ where, readme, yaml, infos });
  const own: Chosen<T> = {
    tree,
    card,
    configs: configsOf({ where, paths: tree.paths, card }),
    byName: card.configs.length === 0,
    notes: [],
  };
  const tables = tablesOf(tree.paths);
  const script = scriptOf(id, tree.paths);
  if (tables.length > 0 && (script === undefined || card.configs.some(({ dataFiles }) => dataFiles !== undefined))) return own;
  const others = tree.paths.filter((path) => !/(^|\/)(\.[^/]*|README\.md|LICENSE[^/]*)$/i.test(path));
  if (tables.length === 0 && script === undefined) {
    if (others.length === 0) {
      throw new HarnessError('DATA', { where, what: 'The repository has no files.', hint: 'Check name and revision.' });
    }
    if (others.every((path) => MEDIA.test(path))) throw noTable(where, others);
  }
  // The conversion is of main; other revisions have none.
  const converted = revision === 'main' ? await conversion(open) : undefined;
  if (converted !== undefined) {
    const why =
      script === undefined
        ? `It contains no supported table files (${kindsOf(others)})`
        : `It needs its loading script ${script}, which is not run`;
    const configs = convertedConfigs(converted.paths, where);
    return {
      tree: converted,
      card: { configs: [], classNames: card.classNames },
      configs,
      byName: false,
      notes: [`${why}: the hub's Parquet conversion is read instead (${CONVERTED}).`],
    };
  }
  if (tables.length > 0) return { ...own, notes: [`Its loading script ${script} is not run; its files are read directly.`] };
  if (script === undefined) throw noTable(where, others);
  throw new HarnessError('DATA', {
    where,
    what:
      `It needs its loading script (${script}), which is not run, and the hub has no conversion to ` +
      `Parquet${revision === 'main' ? '' : ` at ${revision}`}.`,
    hint: `Run the script if you trust it, and pass the files it writes with ${option('dataset')}.`,
  });
}

function noTable(where: string, paths: readonly string[]): HarnessError {
  return new HarnessError('DATA', {
    where,
    what: `It contains no supported table files: ${kindsOf(paths)}.`,
    hint: `Supported formats: ${FORMATS.map((format) => `.${format}`)
      .toSorted()
      .join(', ')}.`,
  });
}

/** `NAME.py` next to the files. */
function scriptOf(id: string, paths: readonly string[]): string | undefined {
  const script = `${id.split('/').at(-1)!}.py`;
  return paths.includes(script) ? script : undefined;
}

/** undefined if there is none, or the hub is unavailable. */
async function conversion<T extends RepositoryTree>(open: (revision: string) => Promise<T>): Promise<T | undefined> {
  try {
    const tree = await open(CONVERTED);
    return tablesOf(tree.paths).length > 0 ? tree : undefined;
  } catch (error) {
    if (error instanceof HarnessError && (error.code === 'SOURCE' || error.code === 'OFFLINE')) return undefined;
    throw error;
  }
}
