import { natural } from '../results/order.ts';
import type { Row } from '../results/row.ts';
import { groupBy } from '../group-by.ts';
import { isOfTags } from './items.ts';
import { listed } from './text.ts';
import { compareDatasets, compareEncoders, datasetTitle, encoderTitle, type Titles } from './titles.ts';
import { CONCAT_ALL, splitCut } from '../results/encoder-names.ts';
import { compareSplits } from './words.ts';

/** From this number of datasets, a shared value is stated once; fewer are listed by name. */
const SEVERAL = 3;
/** The part of `stratified 1000 of 5952, seed 1` that differs between datasets. */
const CORPUS_SIZE = / of (\d+)(?=,|$)/;

/** What a reader has to know about the numbers, one sentence each, from the rows only: sizes, samples, truncation, weight precision, … */
export function makeNotes({ rows, titles }: { readonly rows: readonly Row[]; readonly titles: Titles }): string[] {
  const encoders = distinct(rows.map((row) => row.encoder)).toSorted(compareEncoders(titles));
  const datasets = distinct(rows.map((row) => row.dataset)).toSorted(compareDatasets(titles));
  // In the order of the tables, so that every note lists encoders and datasets in the same order.
  const sorted = rows.toSorted(
    (a, b) => encoders.indexOf(a.encoder) - encoders.indexOf(b.encoder) || datasets.indexOf(a.dataset) - datasets.indexOf(b.dataset),
  );
  const notes = { rows: sorted, titles };
  return [
    ...textCounts(notes),
    ...duplicates(notes),
    ...samples(notes),
    ...labels(notes),
    ...numberTypes(notes),
    ...devices(notes),
    ...attention(notes),
    ...cuts(notes),
    ...layers(notes),
    ...keptNumbers(notes),
    ...prompts(notes),
    ...members(notes),
    ...cutEncoders(encoders),
    ...approximate(notes),
  ];
}

/** The notes without which a score would be misread: which texts, and which of their labels, it is about. */
export function importantNotes(notes: NotesParams): string[] {
  return [...duplicates(notes), ...samples(notes), ...labels(notes)];
}

interface NotesParams {
  readonly rows: readonly Row[];
  readonly titles: Titles;
}

function textCounts({ rows, titles }: NotesParams): string[] {
  const [words, texts] = [rows.filter(isOfTags), rows.filter((row) => !isOfTags(row))];
  return [...countsOf('Texts', { rows: texts, titles }), ...countsOf('Words', { rows: words, titles })];
}

function countsOf(items: string, { rows, titles }: NotesParams): string[] {
  const counts = byDataset({ rows, titles }, (own) => {
    const sizes = own
      .toSorted((a, b) => compareSplits(a.split, b.split) || natural(a.n, b.n))
      .map(({ n, split }) => (split === 'all' || split === '' ? n : `${n} ${split}`));
    return listed(distinct(sizes));
  });
  return counts.length === 0 ? [] : [`${items} scored: ${oncePerValue(counts)}.`];
}

/** Deduplication, in front of the sampling of the remaining texts. */
const DEDUPLICATED = /^deduplicated (\d+) of (\d+)(?:; |$)/;

function duplicates({ rows, titles }: NotesParams): string[] {
  const words = distinct(
    rows.flatMap(({ dataset, sample }) => {
      const [, kept, all] = DEDUPLICATED.exec(sample) ?? [];
      return all === undefined ? [] : [`${datasetTitle(titles, dataset)} ${Number(all) - Number(kept)} of ${all}`];
    }),
  );
  return words.length === 0 ? [] : [`Duplicates dropped (rows marked as deduplicated): ${words.join('; ')}.`];
}

function samples({ rows: every, titles }: NotesParams): string[] {
  const rows = every.map((row) => ({ ...row, sample: row.sample.replace(DEDUPLICATED, '') }));
  const sampled = rows
    .filter((row) => row.sample !== '')
    .toSorted((a, b) => compareDatasets(titles)(a.dataset, b.dataset) || natural(a.sample, b.sample));
  const all = distinct(sampled.map((row) => `${datasetTitle(titles, row.dataset)} ${row.sample}`));
  // Rows of neighbours say of the same sample how many words vote too.
  const words = all.filter((said) => !all.some((other) => other.startsWith(`${said}; `)));
  const how = distinct(sampled.map((row) => row.sample.replace(CORPUS_SIZE, '')));
  if (words.length >= SEVERAL && how.length === 1 && sampled.every((row) => CORPUS_SIZE.test(row.sample))) {
    const sizes = sampled.map((row) => `${datasetTitle(titles, row.dataset)} of ${CORPUS_SIZE.exec(row.sample)![1]!}`);
    return [`Samples (${how[0]!}): ${distinct(sizes).join('; ')}.`];
  }
  return words.length === 0 ? [] : [`Samples: ${words.join('; ')}.`];
}

function labels({ rows, titles }: NotesParams): string[] {
  const values = byDataset({ rows, titles }, (own) =>
    listed(distinct(own.map((row) => row.labels).filter((word) => word !== '' && word !== 'single')).toSorted(natural)),
  );
  if (values.every(({ value }) => value === '')) return [];
  return [`Texts with several labels; labels scored: ${oncePerValue(values)}.`];
}

function numberTypes({ rows, titles }: NotesParams): string[] {
  const types = groupBy(
    rows.filter((row) => row.dtype !== '' && row.encoder !== CONCAT_ALL),
    (row) => row.dtype,
  );
  if (types.size < 2) return [...types.keys()].map((dtype) => `Weight precision: ${dtype}.`);
  const words = [...types]
    .toSorted(([a], [b]) => natural(a, b))
    .map(([dtype, own]) => `${dtype} for ${listed(distinct(own.map((row) => encoderTitle(titles, row.encoder))))}`);
  return [`Weight precision: ${words.join('; ')}.`];
}

/** Encoders that ran on another device than the CPU. */
function devices({ rows, titles }: NotesParams): string[] {
  const named = groupBy(
    rows.filter((row) => row.encoder !== CONCAT_ALL),
    (row) => row.device,
  );
  const cards = [...named].filter(([device]) => device !== '');
  if (named.size < 2) return cards.map(([device]) => `Device: ${device}.`);
  const words = cards
    .toSorted(([a], [b]) => natural(a, b))
    .map(([device, own]) => `${device} for ${listed(distinct(own.map((row) => encoderTitle(titles, row.encoder))))}`);
  return [`Device: ${words.join('; ')}; else the CPU.`];
}

/** Prefix in column `attention` of a task whose adapter is merged in. */
const TASK = 'task:';

/** Encoders whose family has options for attention, or a task adapter. */
function attention({ rows, titles }: NotesParams): string[] {
  const chosen = groupBy(
    rows.filter((row) => row.attention !== '' && row.encoder !== CONCAT_ALL),
    (row) => row.attention,
  );
  const words = [...chosen]
    .toSorted(([a], [b]) => natural(a, b))
    .map(([kind, own]) => ({
      isTask: kind.startsWith(TASK),
      said: `${kind.replace(TASK, '')} for ${listed(distinct(own.map((row) => encoderTitle(titles, row.encoder))))}`,
    }));
  return [['Attention', false] as const, ['Task adapters merged in', true] as const].flatMap(([title, wanted]) => {
    const own = words.filter(({ isTask }) => isTask === wanted).map(({ said }) => said);
    return own.length === 0 ? [] : [`${title}: ${own.join('; ')}.`];
  });
}

function cuts({ rows, titles }: NotesParams): string[] {
  const [sentences, texts] = [rows.filter(isOfTags), rows.filter((row) => !isOfTags(row))];
  return [...cutsOf('texts', { rows: texts, titles }), ...cutsOf('sentences', { rows: sentences, titles })];
}

function cutsOf(items: string, { rows, titles }: NotesParams): string[] {
  const cut = rows.filter((row) => Number(row.texts_cut) > 0);
  const words = [...groupBy(cut, (row) => JSON.stringify([row.encoder, row.dataset, row.max_length, row.prompt])).values()].map((own) => {
    const { encoder, dataset, max_length: limit, prompt } = own[0]!;
    // Each split counts its own texts: the largest count is that of the whole dataset or of its largest split.
    const most = Math.max(...own.map((row) => Number(row.texts_cut)));
    return `${most} of ${datasetTitle(titles, dataset)} by ${encoderTitle(titles, encoder)}${prompt === '' ? '' : ` with prompt ${prompt}`}${limit === '' ? '' : ` (${limit} tokens)`}`;
  });
  return words.length === 0 ? [] : [`Truncated ${items}: ${words.join('; ')}.`];
}

function keptNumbers({ rows }: NotesParams): string[] {
  return rows.some(({ dim }) => dim !== '') ? ['Rows with a dim use that many leading dimensions of each vector (Matryoshka).'] : [];
}

function prompts({ rows }: NotesParams): string[] {
  return rows.some(({ prompt }) => prompt !== '') ? ['Rows with a prompt put it before every text: by its name, or in quotes.'] : [];
}

function layers({ rows }: NotesParams): string[] {
  const has = (first: string): boolean => rows.some((row) => row.layers.startsWith(`${first}..`));
  return [
    ...(has('0') ? ['Means over layers 0..L include the embedding output.'] : []),
    ...(has('1') ? ['Means over layers 1..L exclude the embedding output.'] : []),
  ];
}

function members({ rows, titles }: NotesParams): string[] {
  const concat = rows.filter((row) => row.encoder === CONCAT_ALL && row.members !== '');
  return distinct(concat.map((row) => row.members))
    .toSorted(natural)
    .map((keys) => {
      const names = keys.split(/\s*[;,+\s]\s*/).map((key) => encoderTitle(titles, key));
      return `${encoderTitle(titles, CONCAT_ALL)}: the vectors of ${listed(names)}, concatenated.`;
    });
}

function cutEncoders(encoders: readonly string[]): string[] {
  return encoders.some((key) => splitCut(key).cut !== '') ? ['@N after a name: the encoder truncated after layer N.'] : [];
}

function approximate({ rows, titles }: NotesParams): string[] {
  const approximated = rows.filter((row) => row.index.startsWith('hnsw'));
  const found = [...groupBy(approximated, (row) => row.dataset)].toSorted(([a], [b]) => compareDatasets(titles)(a, b));
  const words = found.map(([dataset, own]) => {
    const recalls = distinct(own.map((row) => row.recall).filter((recall) => recall !== '')).toSorted((a, b) => Number(a) - Number(b));
    const range = recalls.length > 1 ? `${recalls[0]} to ${recalls.at(-1)}` : (recalls[0] ?? 'not measured');
    return `${datasetTitle(titles, dataset)}, recall ${range}`;
  });
  if (words.length === 0) return [];
  return [
    `Approximate nearest neighbours (${distinct(approximated.map((row) => row.index)).join(', ')}), recall against exact search on a sample: ${words.join('; ')}.`,
  ];
}

interface DatasetValue {
  readonly title: string;
  /** Empty: no note for this dataset. */
  readonly value: string;
}

function byDataset({ rows, titles }: NotesParams, valueOf: (own: readonly Row[]) => string): DatasetValue[] {
  const groups = [...groupBy(rows, (row) => row.dataset)].toSorted(([a], [b]) => compareDatasets(titles)(a, b));
  return groups.map(([dataset, own]) => ({ title: datasetTitle(titles, dataset), value: valueOf(own) }));
}

/** `TREC-6 160; ATIS 100`; `1000 of each dataset` if several share a value. */
function oncePerValue(values: readonly DatasetValue[]): string {
  const [first] = values;
  if (first !== undefined && values.length >= SEVERAL && values.every(({ value }) => value === first.value))
    return `${first.value} of each dataset`;
  return values.flatMap(({ title, value }) => (value === '' ? [] : [`${title} ${value}`])).join('; ');
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
