import { SPLITS } from '../../datasets/dataset.ts';
import type { Table } from '../../results/kinds.ts';
import { ROW_COLUMNS } from '../../results/row-columns.ts';
import { CHECK_COLUMNS } from './check-columns.ts';
import { CHOOSE_COLUMNS } from './choose-columns.ts';
import { AGREE_COLUMNS, DIFF_COLUMNS, RANK_COLUMNS } from './compared-columns.ts';

const WHERE = {
  kind: 'name',
  about: 'where its files are',
  empty: true,
  words: ['cached', 'mirrored', 'local', 'download', 'missing'],
} as const;
const TO_DOWNLOAD = { kind: 'count', about: 'bytes to download, where known', empty: true } as const;
const CAN = {
  opened: { kind: 'flag', about: 'it can be opened, and scored', empty: true },
  trained: { kind: 'flag', about: '`bench finetune` takes it', empty: true },
  exported: { kind: 'flag', about: '`bench export` takes it: not what is an ONNX file already', empty: true },
} as const;
const ANSWERS = { kind: 'flag', about: '`--check`: do its sources answer?', empty: true } as const;
const FILE = { kind: 'name', about: 'file that was written' } as const;
const BYTES = { kind: 'count', about: 'its size' } as const;

/**
 * The columns that each command prints with `--format json` and `--format csv`. The schema, the CSV headers and docs/output.md are
 * generated from these.
 */
export const TABLES = {
  run: ROW_COLUMNS,
  finetune: ROW_COLUMNS,
  merge: ROW_COLUMNS,
  show: ROW_COLUMNS,
  rank: RANK_COLUMNS,
  choose: CHOOSE_COLUMNS,
  diff: DIFF_COLUMNS,
  agree: AGREE_COLUMNS,
  models: {
    key: { kind: 'name', about: 'name in the registry' },
    aliases: { kind: 'names', about: 'its other names' },
    hub: { kind: 'name', about: 'hub id', empty: true },
    family: { kind: 'name', about: '`model_type` of its config.json: see `models --families`', empty: true },
    parameters: { kind: 'count', about: 'numbers that were trained, as published', empty: true },
    licence: { kind: 'name', about: 'of the weights', empty: true },
    layers: { kind: 'count', about: '', empty: true },
    prompts: { kind: 'names', about: 'what `--prompt` takes for it, in addition to the prompts of its own files' },
    dtype: { kind: 'name', about: 'weight precision of the variant', empty: true },
    form: { kind: 'name', about: 'what its files are', words: ['checkpoint', 'onnx', 'concatenation'] },
    from: { kind: 'names', about: 'sources of the same files: the first that gives them is taken' },
    where: WHERE,
    bytes: TO_DOWNLOAD,
    ...CAN,
    answers: ANSWERS,
  },
  'models --families': {
    family: { kind: 'name', about: 'what people call it' },
    model_types: { kind: 'names', about: 'what config.json calls it' },
    encoders: { kind: 'names', about: 'for example' },
    ...CAN,
  },
  'models --pin': {
    key: { kind: 'name', about: 'name in the registry' },
    dtype: { kind: 'name', about: 'weight precision of the variant' },
    from: { kind: 'names', about: 'sources, with their commits or versions' },
    files: { kind: 'count', about: 'files whose hashes are pinned' },
  },
  datasets: {
    key: { kind: 'name', about: 'name in the registry' },
    title: { kind: 'text', about: '', empty: true },
    texts: { kind: 'count', about: 'rows, where known', empty: true },
    train: { kind: 'count', about: 'of them in train; empty: no such split is given', empty: true },
    dev: { kind: 'count', about: 'likewise', empty: true },
    test: { kind: 'count', about: 'likewise', empty: true },
    classes: { kind: 'count', about: '', empty: true },
    label_fields: { kind: 'names', about: 'what `--label-field` takes' },
    from: { kind: 'names', about: 'sources; none: a mirror alone has it' },
    where: WHERE,
    bytes: TO_DOWNLOAD,
    answers: ANSWERS,
  },
  'datasets check': CHECK_COLUMNS,
  queue: {
    version: { kind: 'name', about: 'workers of this version alone take its jobs' },
    workers: { kind: 'names', about: 'that are there' },
    waiting: { kind: 'count', about: 'jobs that nobody has taken yet' },
    running: { kind: 'count', about: 'jobs that a worker has' },
    done: { kind: 'count', about: 'jobs whose results are kept' },
    failed: { kind: 'count', about: 'jobs that could not be run' },
  },
  cache: {
    kind: {
      kind: 'name',
      words: ['vectors', 'npm', 'https', 'hub', 'unfinished'],
      about: 'vectors of one encoder, length limit, prompt and pooling; a download; unfinished work',
    },
    name: { kind: 'name', about: 'encoder, package, file or repository', empty: true },
    folder: { kind: 'name', about: '' },
    encoder_file: { kind: 'name', about: '`vectors`: hash of the encoder', empty: true },
    max_length: { kind: 'count', about: 'longest text in tokens', empty: true },
    prompt: { kind: 'name', about: 'text that is put before every text, in quotes', empty: true },
    vectors: { kind: 'name', about: '`vectors`: pooling and layers', empty: true },
    files: { kind: 'count', about: 'files that were found' },
    bytes: { kind: 'count', about: 'their size' },
    last_used: { kind: 'time', about: 'last read or written' },
    damaged: { kind: 'count', about: '`--verify`: files that are damaged', empty: true },
    removed: {
      kind: 'count',
      about: '`--verify`, `--max-age`, `--max-size`: files that were removed, with `--dry-run` would be',
      empty: true,
    },
    removed_bytes: { kind: 'count', about: 'their size', empty: true },
  },
  embed: {
    file: FILE,
    encoder: { kind: 'name', about: '' },
    pooling: { kind: 'name', about: 'tensor of the file' },
    prompt: { kind: 'name', about: 'prompt before every text: its name, or your text in quotes', empty: true },
    texts: { kind: 'count', about: 'its rows' },
    dimensions: { kind: 'count', about: 'its columns' },
    texts_cut: { kind: 'count', about: 'truncated texts' },
    bytes: { ...BYTES, about: 'size of the file' },
  },
  predict: {
    file: FILE,
    encoder: { kind: 'name', about: '' },
    texts: { kind: 'count', about: 'its rows: texts, pairs, sentences' },
    texts_cut: { kind: 'count', about: 'truncated texts' },
    words: { kind: 'count', about: 'words that were tagged', empty: true },
    words_without_vector: { kind: 'count', about: 'of these, words without a sub-token or beyond the length limit', empty: true },
    labelled: { kind: 'count', about: 'rows with a label, which are scored', empty: true },
    unlabelled: { kind: 'count', about: 'rows without', empty: true },
    unknown: { kind: 'count', about: 'rows whose label the model lacks, of sentences words: they count as wrong', empty: true },
    accuracy: { kind: 'percent', about: 'of the labelled rows, or of their words', empty: true },
    accuracy_low: { kind: 'percent', about: 'its 95% interval', empty: true },
    accuracy_high: { kind: 'percent', about: '', empty: true },
    micro_f1: { kind: 'percent', about: '', empty: true },
    micro_f1_low: { kind: 'percent', about: 'its 95% interval', empty: true },
    micro_f1_high: { kind: 'percent', about: '', empty: true },
    macro_f1: { kind: 'percent', about: '', empty: true },
    macro_f1_low: { kind: 'percent', about: 'its 95% interval', empty: true },
    macro_f1_high: { kind: 'percent', about: '', empty: true },
    unreadable: { kind: 'count', about: 'of a model of numbers: rows whose label is none, which are not scored', empty: true },
    spearman: ROW_COLUMNS.spearman,
    spearman_low: ROW_COLUMNS.spearman_low,
    spearman_high: ROW_COLUMNS.spearman_high,
    pearson: ROW_COLUMNS.pearson,
    pearson_low: ROW_COLUMNS.pearson_low,
    pearson_high: ROW_COLUMNS.pearson_high,
    rmse: ROW_COLUMNS.rmse,
    rmse_low: ROW_COLUMNS.rmse_low,
    rmse_high: ROW_COLUMNS.rmse_high,
    mae: ROW_COLUMNS.mae,
    mae_low: ROW_COLUMNS.mae_low,
    mae_high: ROW_COLUMNS.mae_high,
    r2: ROW_COLUMNS.r2,
    r2_low: ROW_COLUMNS.r2_low,
    r2_high: ROW_COLUMNS.r2_high,
    covered: { kind: 'percent', about: 'of the labelled rows, those whose number lies between `low` and `high`', empty: true },
    span_f1: ROW_COLUMNS.span_f1,
    span_f1_low: ROW_COLUMNS.span_f1_low,
    span_f1_high: ROW_COLUMNS.span_f1_high,
    micro_f1_no_o: ROW_COLUMNS.micro_f1_no_o,
    micro_f1_no_o_low: ROW_COLUMNS.micro_f1_no_o_low,
    micro_f1_no_o_high: ROW_COLUMNS.micro_f1_no_o_high,
    bytes: { ...BYTES, about: 'size of the file' },
  },
  export: { file: FILE, encoder: { kind: 'name', about: '' }, dtype: { kind: 'name', about: 'weight precision' }, bytes: BYTES },
  split: {
    file: FILE,
    split: { kind: 'name', about: '', words: SPLITS },
    texts: { kind: 'count', about: 'its rows' },
    label_separator: { kind: 'name', about: 'what stands between several labels of a text; empty: each has one', empty: true },
    bytes: BYTES,
  },
  map: { file: FILE, title: { kind: 'text', about: 'what is drawn' }, bytes: BYTES },
  report: { file: FILE, bytes: BYTES },
} as const satisfies Readonly<Record<string, Table>>;

/**
 * Value of `schema` in every envelope, and `$id` of output.schema.json. Its number increases with every change of a column: its name, its
 * content, or whether it exists.
 */
export const OUTPUT_SCHEMA = 'urn:embedding-bench:output:5';

export type CommandName = keyof typeof TABLES;
/** The commands whose rows are those of results.csv. */
export type ResultsCommand = 'run' | 'finetune' | 'merge' | 'show';

/** What a failure is about, as far as it applies; and why. */
export const FAILURE_COLUMNS = {
  encoder: { kind: 'name', about: 'encoder that it is about', empty: true },
  dataset: { kind: 'name', about: 'dataset that it is about', empty: true },
  pooling: { kind: 'name', about: 'empty: every pooling', empty: true },
  dim: { kind: 'count', about: 'numbers that are kept of each vector; empty: every length', empty: true },
  prompt: { kind: 'name', about: 'what is put before every text; empty: nothing, or every prompt', empty: true },
  objective: { kind: 'name', about: 'training objective; empty: frozen', empty: true },
  file: { kind: 'name', about: 'file that it is about', empty: true },
  reason: { kind: 'text', about: 'what is wrong' },
} as const satisfies Table;
