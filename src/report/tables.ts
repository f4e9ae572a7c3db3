import { sortRows } from '../results/order.ts';
import type { Predictions } from '../results/predictions.ts';
import type { Failure, Row } from '../results/row.ts';
import { groupBy } from '../group-by.ts';
import { scoreColumn, SCORES } from '../results/task-scores.ts';
import { fineTunedTables } from './fine-tuned.ts';
import { commonSettings, headingOf, poolingName, differingSettings } from './heading.ts';
import { layOut, type Layout } from './layout.ts';
import { pivot, type Section, type Pivoted, type TableRow } from './pivot.ts';
import { NOTHING_PUBLISHED, type Published } from './published.ts';
import { numberReasons } from './reasons.ts';
import { markTies, type Ties } from './ties.ts';
import { NO_TITLES, type Titles } from './titles.ts';
import { listed } from './text.ts';
import { compareProtocols, protocolWords, type Score } from './words.ts';

/**
 * The tables of a page as plain data: one per protocol and split (and k, metric, votes), with the datasets as columns; and either one per
 * pooling, with the encoders as rows, or one for all poolings (the rule is in layout.ts). Fine-tuned encoders have separate tables
 * (fine-tuned.ts); none of their rows is among the frozen ones.
 */

/** How fine-tuned encoders are scored. */
const FINE_TUNED = 'fine-tuned, best epoch by dev score';

const HEADS: Readonly<Record<Layout, readonly string[]>> = {
  encoders: ['Encoder'],
  poolings: ['Pooling', 'Encoder'],
  objectives: ['Encoder', 'Objective'],
};

export interface Table {
  readonly layout: Layout;
  /** Its name without the protocol: `cls`, `layermean (layers 1..L), k = 10`; for all poolings, `` or `k = 10`. */
  readonly name: string;
  /** The settings that distinguish this table from the others: `k = 10`. */
  readonly apart: readonly string[];
  /** The poolings of its rows: one, if rows are encoders. */
  readonly poolings: readonly string[];
  readonly protocol: string;
  readonly split: string;
  /** Those of its rows: k-NN on fine-tuned encoders and their heads share a table. */
  readonly protocols: readonly string[];
  /** Titles of datasets. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Undefined without predictions. */
  readonly ties: Ties | undefined;
}

export interface TableSet {
  /** The scores shown: one per task. */
  readonly scores: readonly Score[];
  /** Settings shared by all tables: `k = 5`, `Euclidean distance`, `uniform votes`. */
  readonly settings: readonly string[];
  /** Of frozen encoders. */
  readonly tables: readonly Table[];
  readonly fineTuned: readonly Table[];
  /** Why results are missing: reason i has number i + 1. */
  readonly reasons: readonly string[];
}

export interface TablesParams {
  readonly rows: readonly Row[];
  readonly failures?: readonly Failure[] | undefined;
  readonly titles?: Titles | undefined;
  readonly published?: Published | undefined;
  /** The score to show. Default: micro-F1. Published scores are shown only next to micro-F1. */
  readonly score?: Score | undefined;
  /** Predictions by dataset, for the tests of ties with the best. */
  readonly predictions?: ReadonlyMap<string, Predictions> | undefined;
}

/** The tables of a set of rows: the same in any order of rows and failures. */
export function makeTables({
  rows,
  failures = [],
  titles = NO_TITLES,
  published = NOTHING_PUBLISHED,
  score = 'micro_f1',
  predictions,
}: TablesParams): TableSet {
  const reasons = numberReasons({ failures, titles });
  const scores = [...new Set(rows.map((row) => scoreColumn(row, score)))];
  const mixed = scores.length > 1;
  const frozen = rows.filter((row) => row.objective === '');
  const page = {
    failures: failures.filter((failure) => failure.objective === undefined),
    scored: new Set(frozen.map((row) => row.dataset)),
    titles,
    published,
    score,
    mixed,
    reasons,
  };
  const groups = groupBy(sortRows(frozen), (row) => JSON.stringify(headingOf(row)));
  const sections = [...groups.values()].map((group): Section => ({ heading: headingOf(group[0]!), rows: group }));
  const trained = fineTunedTables({
    rows: sortRows(rows),
    failures: failures.filter((failure) => failure.objective !== undefined),
    titles,
    published,
    score,
    mixed,
    reasons,
  });
  // A table with only trained heads has no k-NN settings to distinguish.
  const headings = [...sections, ...trained.filter(({ heading }) => heading.k !== '')].map((section) => section.heading);
  const tables = layOut(sections, page).map((sheet): Table => {
    const { heading } = sheet.sections[0]!;
    const apart = differingSettings(heading, headings);
    return {
      layout: sheet.layout,
      name: [...(sheet.layout === 'encoders' ? [poolingName(heading)] : []), ...apart].join(', '),
      apart,
      poolings: [...new Set(sheet.sections.map((section) => section.heading.pooling))],
      protocol: heading.protocol,
      split: heading.split,
      protocols: [heading.protocol],
      ...withTies(pivot(sheet.sections, page), { score, predictions }),
    };
  });
  const fineTuned = trained.map(({ heading, splits, protocols, columns, rows: body }): Table => {
    const apart = differingSettings(heading, headings);
    return {
      layout: 'objectives',
      name: [poolingName(heading), ...apart].join(', '),
      apart,
      poolings: [heading.pooling],
      protocol: FINE_TUNED,
      split: listed(splits),
      protocols: protocols.toSorted(compareProtocols),
      ...withTies({ columns, rows: body }, { score, predictions }),
    };
  });
  return {
    scores: scores.length === 0 ? [score] : SCORES.filter((each) => scores.includes(each)),
    settings: commonSettings(headings),
    tables,
    fineTuned,
    reasons: reasons.lines,
  };
}

function withTies(
  { columns, rows }: Pivoted,
  { score, predictions }: { readonly score: Score } & Pick<TablesParams, 'predictions'>,
): Pick<Table, 'columns' | 'rows' | 'ties'> {
  return { columns, ...(predictions === undefined ? { rows, ties: undefined } : markTies({ columns, rows, score, predictions })) };
}

/** `cls, complete`, `fit-train scored on test`, `cls, fine-tuned, epoch chosen by dev, scored on test`. */
export function captionOf(table: Table): string {
  return [table.name, table.layout === 'objectives' ? `${table.protocol}, scored on ${table.split}` : protocolWords(table)]
    .filter((words) => words !== '')
    .join(', ');
}

/** Headers of the text columns. */
export function headOf({ layout }: Table): readonly string[] {
  return HEADS[layout];
}

/** The text cells of a row, under these headers. */
export function wordsOf({ layout }: Table, { pooling, label, objective }: TableRow): readonly string[] {
  switch (layout) {
    case 'encoders':
      return [label];
    case 'poolings':
      return [pooling, label];
    case 'objectives':
      return [label, objective];
    default:
      return layout satisfies never;
  }
}
