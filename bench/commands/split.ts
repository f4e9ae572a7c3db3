import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { writeAtomically } from '../../src/files/atomic.ts';
import { makeFolder } from '../../src/files/make-folder.ts';
import { readCorpus, type CorpusSource } from '../../src/datasets/corpus.ts';
import { SPLITS, TASKS } from '../../src/datasets/dataset.ts';
import { joinLabels, LABEL_SEPARATOR, splitCorpus, type SplitRow, type SplitTable } from '../../src/datasets/split-corpus.ts';
import { splitWords } from '../../src/datasets/split-words.ts';
import { TAKES } from '../../src/datasets/split.ts';
import { namedFormat } from '../../src/datasets/formats.ts';
import { HarnessError, reason } from '../../src/errors.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { FORMATS } from '../../src/report/render.ts';
import { openSources } from '../../src/sources/sources.ts';
import { hubSpec } from '../../src/experiment/hub-dataset.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { isSet, SEED_OPTION, SOURCE_OPTIONS, text, texts, whole, word } from '../flags/options.ts';
import { DATASET_FLAGS, onlyDataset, tablesOf } from '../flags/inputs.ts';
import { say } from '../terminal/say.ts';
import type { Arguments, CommandModule } from '../command-module.ts';

const { datasets: _datasets, 'label-field': _field, labels: _labels, limit: _limit, dataset, ...tableOptions } = DATASET_FLAGS;
const { seed } = SEED_OPTION;
const { mirror, offline, cache, 'datasets-file': datasetsFile } = SOURCE_OPTIONS;

/** `bench split`: writes a fixed dev set, as files that --dataset reads. */
export const command: CommandModule = {
  summary: 'Hold out a balanced dev set from the training set: the first or last part of each class, then shuffle both.',
  options: {
    dataset: { ...dataset, demandOption: true },
    ...tableOptions,
    take: { type: 'string', requiresArg: true, default: 'first', describe: 'Which part of each class is held out: first or last.' },
    share: { type: 'number', requiresArg: true, default: 0.1, describe: 'Fraction of each class to hold out, between 0 and 1.' },
    seed,
    out: {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: 'Folder for train.csv, dev.csv and, if there is one, test.csv; .jsonl for tagged sentences.',
    },
    ...DONE_OPTION,
    mirror,
    offline,
    cache,
    'datasets-file': datasetsFile,
  },
  examples: [
    ['bench split --dataset trec6 --take last --out trec6-split', 'Then: bench run --dataset trec6-split'],
    [
      'bench split --dataset train.csv --text-column question --label-column topic --out split',
      'Files with the columns question and topic.',
    ],
  ],
  async run(argv, terminal) {
    const { err } = terminal;
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const out = text(argv, 'out')!;
    const { source, columns } = await sourceOf(argv);
    const said = new Set<string>();
    const note = (sentence: string): void => {
      if (!said.has(sentence)) say(err, sentence);
      said.add(sentence);
    };
    const tables = await splitCorpus({
      deduplicate: isSet(argv, 'deduplicate'),
      note,
      read: async (labelField) => {
        const corpus = await readCorpus(source, { labelField, task: word(argv, 'task', TASKS) });
        for (const sentence of corpus.notes ?? []) note(sentence);
        return corpus;
      },
      columns,
      take: word(argv, 'take', TAKES)!,
      share: Number(text(argv, 'share')),
      seed: whole(argv, 'seed', 0)!,
    });
    const several = Object.values(tables).some(
      ({ task, rows }) => task === 'classification' && rows.some(({ labels }) => labels.some((names) => names.length > 1)),
    );
    // CSV has no lists.
    const ending = Object.values(tables).some(({ task }) => task === 'token-classification') ? 'jsonl' : 'csv';
    const files = SPLITS.flatMap((split) => {
      const table = tables[split];
      return table === undefined
        ? []
        : [
            {
              split,
              file: path.join(out, `${split}.${ending}`),
              rows: table.rows.length,
              text: ending === 'csv' ? csvOf(table, several) : jsonlOf(table),
            },
          ];
    });
    checkFolder(out, { source, names: files.map(({ file }) => path.basename(file)) });
    for (const { file, text: content } of files) await save(file, content);
    const written = files.map(({ file, rows }) => `${rows} ${rows === 1 ? 'row' : 'rows'} in ${file}`);
    say(err, `${written.join(', ')}${several ? `; several labels per text: read them with --label-separator "${LABEL_SEPARATOR}"` : ''}`);
    printDone(
      {
        command: 'split',
        notes: [...said],
        rows: files.map(({ split, file, rows, text: content }) => ({
          file,
          split,
          texts: String(rows),
          label_separator: several ? LABEL_SEPARATOR : '',
          bytes: String(Buffer.byteLength(content)),
        })),
      },
      format,
      terminal,
    );
    return 0;
  },
};

/** Source of the rows, and the columns of the files. */
async function sourceOf(
  argv: Arguments,
): Promise<{ source: CorpusSource; columns: { text: string; pair?: string | undefined; label: string | undefined } }> {
  const choice = onlyDataset(argv, () => loadDatasets(text(argv, 'datasets-file')));
  if (choice === undefined) {
    throw new HarnessError('OPTION', { where: '--dataset', what: 'One dataset is split at a time.', hint: 'Give one --dataset.' });
  }
  const columns = tablesOf(argv);
  const named = { text: nameOf(columns.textColumn, 'text'), pair: columns.textPairColumn, label: nameOf(columns.labelColumn, 'label') };
  if (choice.kind === 'file') return { source: { file: { path: choice.file, ...columns } }, columns: named };
  const sources = openSources({ cacheDir: text(argv, 'cache')!, offline: isSet(argv, 'offline'), mirrors: texts(argv, 'mirror') });
  if (choice.kind === 'hub') return { source: { hub: hubSpec({ reference: choice.reference, sources, columns }) }, columns: named };
  const found = choice.entry;
  // The dev set is what is being made here, so the one that the entry would hold out is not.
  const entry = found.dev === undefined ? found : { ...found, dev: undefined, rows: undefined };
  return {
    source: { entry, fetchFile: (file) => sources.fetchFile(file), columns },
    columns: { text: 'text', label: entry.labelFields.length > 1 ? undefined : 'label' },
  };
}

/** Name of a column in the written files; `fallback` if the source has column numbers. */
function nameOf(column: string | undefined, fallback: string): string {
  return column === undefined || /^\d+$/.test(column) ? fallback : column;
}

/** A folder is read as a whole: the source must not be overwritten, and no file of another dataset may remain. Throws OPTION. */
function checkFolder(out: string, { source, names }: { source: CorpusSource; names: readonly string[] }): void {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory())
    throw new HarnessError('OPTION', { where: '--out', what: `${out} is not a directory.`, hint: 'Give a folder.' });
  const own = 'file' in source ? realpathSync(source.file.path) : undefined;
  if (
    own !== undefined &&
    (own === realpathSync(out) || names.some((name) => existsSync(path.join(out, name)) && own === realpathSync(path.join(out, name))))
  ) {
    throw new HarnessError('OPTION', {
      where: '--out',
      what: `${out} has the files that are split, which would be overwritten.`,
      hint: 'Give another folder.',
    });
  }
  const stray = readdirSync(out, { withFileTypes: true })
    .filter((entry) => splitWords(entry.isDirectory() ? entry.name : (namedFormat(entry.name)?.stem ?? '')).length > 0)
    .map((entry) => entry.name)
    .find((name) => !names.includes(name));
  if (stray !== undefined)
    throw new HarnessError('OPTION', {
      where: '--out',
      what: `${out} has a ${stray} already, which would be read with what is written.`,
      hint: 'Give another folder, or remove it.',
    });
}

function csvOf({ header, rows }: SplitTable, several: boolean): string {
  const pairs = rows.some(({ second }) => second !== undefined);
  const cells = ({ text: first, second = '', labels }: SplitRow): string[] => [
    first,
    ...(pairs ? [second] : []),
    ...labels.map((names) => joinLabels(names, several)),
  ];
  return stringify([header, ...rows.map(cells)], { quoted_match: /[\r\n]/ });
}

/** One sentence per line: a list of words, and one list of tags per label field. */
function jsonlOf({ header, rows }: SplitTable): string {
  const line = ({ words = [], labels }: SplitRow): string =>
    JSON.stringify(Object.fromEntries(header.map((name, i) => [name, i === 0 ? words : labels[i - 1]])));
  return rows.map((row) => `${line(row)}\n`).join('');
}

async function save(file: string, content: string): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeAtomically(file, content);
  } catch (error) {
    throw new HarnessError('OUTPUT', { where: file, what: `It cannot be written (${reason(error)}).` }, { cause: error });
  }
}
