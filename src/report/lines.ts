import { natural } from '../results/order.ts';
import type { Column, Failure, Row } from '../results/row.ts';
import { groupBy } from '../group-by.ts';
import { isSingleLayer } from './heading.ts';
import { compareDatasets, compareEncoders, datasetTitle, encoderTitle, type Titles } from './titles.ts';

/** The rows and the columns of a table: one per encoder or dataset, or several if its variants would share a table cell. */
export interface Lines {
  readonly all: readonly Line[];
  /** Key of the line that a result row belongs to. */
  readonly keyOf: (row: Row) => string;
}

export interface Line {
  readonly key: string;
  /** Key of the encoder or of the dataset. */
  readonly name: string;
  readonly label: string;
  readonly values: readonly string[];
  /** Dimensions and prompt, as in the columns. */
  readonly dim: string;
  readonly prompt: string;
}

const ENCODER_VARIANTS = [
  'layers',
  'dim',
  'prompt',
  'concat_norm',
  'dtype',
  'attention',
  'max_length',
  'device',
  'index',
  'pair',
  'word_pooling',
] as const satisfies readonly Column[];
const DATASET_VARIANTS = ['label_field', 'labels', 'sample', 'data_hash', 'task'] as const satisfies readonly Column[];
type Variant = (typeof ENCODER_VARIANTS)[number] | (typeof DATASET_VARIANTS)[number];

interface Params {
  /** Result rows of one table. */
  readonly rows: readonly Row[];
  /** Failures that need a line, even without a row. */
  readonly failures: readonly Failure[];
  readonly titles: Titles;
}

export function encoderLines({ rows, failures, titles }: Params): Lines {
  return makeLines({
    rows,
    column: 'encoder',
    variants: ENCODER_VARIANTS,
    isShown: (row, variant) =>
      (variant === 'layers' && isSingleLayer(row.layers)) ||
      ((variant === 'dim' || variant === 'prompt') && row[variant] !== '') ||
      (variant === 'concat_norm' && !['', 'raw'].includes(row.concat_norm)),
    more: failures.map(({ encoder: name, dim = '', prompt = '' }) => ({ name, dim, prompt })),
    compare: compareEncoders(titles),
    title: (key) => encoderTitle(titles, key),
  });
}

export function datasetLines({ rows, failures, titles }: Params): Lines {
  return makeLines({
    rows,
    column: 'dataset',
    variants: DATASET_VARIANTS,
    // The class is the usual label; any other (bias, publisher) is named.
    isShown: (row, variant) => variant === 'label_field' && !['', 'class'].includes(row.label_field),
    more: failures.map((failure) => ({ name: failure.dataset, dim: '', prompt: '' })),
    compare: compareDatasets(titles),
    title: (key) => datasetTitle(titles, key),
  });
}

interface LinesParams {
  readonly rows: readonly Row[];
  readonly column: 'encoder' | 'dataset';
  readonly variants: readonly Variant[];
  /** Whether the label names the variant even if nothing else distinguishes it. */
  readonly isShown: (row: Row, variant: Variant) => boolean;
  /** Lines that are needed even without a row. */
  readonly more: readonly Pick<Line, 'name' | 'dim' | 'prompt'>[];
  readonly compare: (a: string, b: string) => number;
  readonly title: (name: string) => string;
}

function makeLines({ rows, column, variants, isShown, more, compare, title }: LinesParams): Lines {
  const apart = new Map<string, readonly Variant[]>();
  const byName = groupBy(rows, (row) => row[column]);
  const failed = groupBy(
    more.filter(({ dim, prompt }) => dim !== '' || prompt !== ''),
    ({ name }) => name,
  );
  const asks = (name: string, variant: Variant): boolean =>
    (variant === 'dim' || variant === 'prompt') && (failed.get(name) ?? []).some((each) => each[variant] !== '');
  for (const name of new Set([...byName.keys(), ...failed.keys()])) {
    const own = byName.get(name) ?? [];
    const shown = (variant: Variant): boolean => own.some((row) => isShown(row, variant)) || setsApart({ rows: own, column, variant });
    apart.set(
      name,
      variants.filter((variant) => shown(variant) || asks(name, variant)),
    );
  }
  const lineOf = (name: string, row: Readonly<Partial<Row>> | undefined): Line => {
    const shown = apart.get(name) ?? [];
    const values = shown.map((variant) => row?.[variant] ?? '');
    const words = shown.map((variant, at) => variantWords(variant, values[at]!)).filter((word) => word !== '');
    const { dim = '', prompt = '' } = row ?? {};
    return {
      key: JSON.stringify([name, ...values]),
      name,
      values,
      dim,
      prompt,
      label: words.length === 0 ? title(name) : `${title(name)} (${words.join(', ')})`,
    };
  };
  const lines = new Map<string, Line>();
  for (const row of rows) {
    const line = lineOf(row[column], row);
    lines.set(line.key, line);
  }
  for (const { name, dim, prompt } of more) {
    // If an encoder failed with only one prompt, its line looks like the others.
    const line = dim === '' && prompt === '' ? lineOf(name, undefined) : lineOf(name, { ...byName.get(name)?.[0], dim, prompt });
    if (!byName.has(name) || dim !== '' || prompt !== '') lines.set(line.key, lines.get(line.key) ?? line);
  }
  return {
    all: [...lines.values()].toSorted((a, b) => compare(a.name, b.name) || compareValues(a.values, b.values)),
    keyOf: (row) => lineOf(row[column], row).key,
  };
}

function compareValues(a: readonly string[], b: readonly string[]): number {
  for (const [at, value] of a.entries()) {
    const order = natural(value, b[at] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/**
 * `--index auto` may choose another index for each dataset: that alone does not make a second line, but two scores for one table cell do. A
 * trained head has no index. Another label field, labels or sample are other data too, which need no further mention.
 */
function setsApart({
  rows,
  column,
  variant,
}: {
  readonly rows: readonly Row[];
  readonly column: 'encoder' | 'dataset';
  readonly variant: Variant;
}): boolean {
  const other = column === 'encoder' ? (['dataset', ...DATASET_VARIANTS] as const) : (['encoder', ...ENCODER_VARIANTS] as const);
  const along = variant === 'index' ? other : variant === 'data_hash' ? DATASET_VARIANTS.filter((name) => name !== 'data_hash') : [];
  const groups = groupBy(rows, (row) => JSON.stringify(along.map((name) => row[name]))).values();
  return [...groups].some(
    (group) => new Set(group.map((row) => row[variant]).filter((value) => along.length === 0 || value !== '')).size > 1,
  );
}

function variantWords(variant: Variant, value: string): string {
  if (value === '') return '';
  switch (variant) {
    case 'layers':
      return isSingleLayer(value) ? `layer ${value}` : `layers ${value}`;
    case 'max_length':
      return `${value} tokens`;
    case 'device':
      return `on ${value}`;
    case 'dim':
    case 'prompt':
      return `${variant} ${value}`;
    case 'labels':
      return `labels ${value}`;
    case 'data_hash':
      return `data ${value}`;
    case 'pair':
      return value.split(' ')[0]!;
    case 'word_pooling':
      return `${value} sub-token${value === 'mean' ? 's' : ''}`;
    case 'concat_norm':
    case 'dtype':
    case 'attention':
    case 'index':
    case 'task':
    case 'label_field':
    case 'sample':
      return value;
    default:
      return variant satisfies never;
  }
}
