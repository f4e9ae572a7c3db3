import { sortRows } from '../results/order.ts';
import type { Failure, Row } from '../results/row.ts';
import { groupBy } from './group.ts';
import { commonSettings, compareHeadings, headingOf, nameOf, type Heading } from './heading.ts';
import { datasetLines, encoderLines } from './lines.ts';
import { NOTHING_PUBLISHED, type Published } from './published.ts';
import { numberReasons, type Reasons } from './reasons.ts';
import { NO_TITLES, type Titles } from './titles.ts';
import type { Score } from './words.ts';

/** Rows pivoted into tables of encoders x data sets, one for each pooling, protocol and split (and k, metric, votes). Plain data. */

export type Cell =
  | { readonly kind: 'score'; readonly text: string; readonly best: boolean; readonly published: string | undefined }
  | { readonly kind: 'failed'; readonly reason: number }
  | { readonly kind: 'empty' };

export interface Table {
  /** Pooling and what else sets this table apart from the others: `cls`, `layermean (layers 1..L), k = 10`. */
  readonly name: string;
  readonly pooling: string;
  readonly protocol: string;
  readonly split: string;
  /** Titles of data sets. */
  readonly columns: readonly string[];
  /** Titles of encoders, and one cell for each column. */
  readonly rows: readonly { readonly label: string; readonly cells: readonly Cell[] }[];
}

export interface TableSet {
  readonly score: Score;
  /** What all tables have in common: `k = 5`, `Euclidean distance`, `uniform votes`. */
  readonly settings: readonly string[];
  readonly tables: readonly Table[];
  /** Why cells failed: reason i has number i + 1. */
  readonly reasons: readonly string[];
}

export interface TablesParams {
  readonly rows: readonly Row[];
  readonly failures?: readonly Failure[] | undefined;
  readonly titles?: Titles | undefined;
  readonly published?: Published | undefined;
  /** Which score the cells show; micro-F1 where left out. Published scores stand beside micro-F1 only. */
  readonly score?: Score | undefined;
}

/** The tables of a set of rows: the same whatever the order of rows and failures. */
export function makeTables({ rows, failures = [], titles = NO_TITLES, published = NOTHING_PUBLISHED, score = 'micro_f1' }: TablesParams): TableSet {
  const reasons = numberReasons({ failures, titles });
  const scored = new Set(rows.map((row) => row.dataset));
  const groups = [...groupBy(sortRows(rows), (row) => JSON.stringify(headingOf(row))).values()];
  const headings = groups.map((group) => headingOf(group[0]!));
  const tables = groups
    .map((group, at) => ({ group, heading: headings[at]! }))
    .toSorted((a, b) => compareHeadings(a.heading, b.heading))
    .map(({ group, heading }): Table => {
      const failed = failures.filter(({ pooling }) => pooling === undefined || pooling === heading.pooling);
      return {
        name: nameOf(heading, headings),
        pooling: heading.pooling,
        protocol: heading.protocol,
        split: heading.split,
        ...pivot({ rows: group, heading, failed, scored, titles, published, score, reasons }),
      };
    });
  return { score, settings: commonSettings(headings), tables, reasons: reasons.lines };
}

interface PivotParams {
  readonly rows: readonly Row[];
  readonly heading: Heading;
  /** Failures of this pooling. */
  readonly failed: readonly Failure[];
  /** Data sets with a row in any table: where this table lacks one of them, it has no such split, which is no failure. */
  readonly scored: ReadonlySet<string>;
  readonly titles: Titles;
  readonly published: Published;
  readonly score: Score;
  readonly reasons: Reasons;
}

function pivot({ rows, heading, failed, scored, titles, published, score, reasons }: PivotParams): Pick<Table, 'columns' | 'rows'> {
  const here = new Set(rows.map((row) => row.dataset));
  const columns = datasetLines({ rows, failures: failed.filter(({ dataset }) => !scored.has(dataset)), titles });
  const lines = encoderLines({ rows, failures: failed.filter(({ dataset }) => here.has(dataset) || !scored.has(dataset)), titles });
  const byPlace = new Map(rows.map((row) => [lines.keyOf(row) + columns.keyOf(row), row]));
  const body = lines.all.map((line) => ({
    label: line.label,
    cells: columns.all.map((column): Cell => {
      const row = byPlace.get(line.key + column.key);
      if (row !== undefined && row[score] !== '') {
        return { kind: 'score', text: row[score], best: false, published: score === 'micro_f1' ? published(row) : undefined };
      }
      const reason = reasons.numberOf({ encoder: line.name, dataset: column.name, pooling: heading.pooling });
      return reason === undefined ? { kind: 'empty' } : { kind: 'failed', reason };
    }),
  }));
  return { columns: columns.all.map((column) => column.label), rows: markBest(body) };
}

/** Best of each column by the score as printed; ties are all best, and one score alone is no contest. */
function markBest(rows: Table['rows']): Table['rows'] {
  const best = rows[0]?.cells.map((_, at) => {
    const scores = rows.map((row) => row.cells[at]!).flatMap((cell) => (cell.kind === 'score' ? [Number(cell.text)] : []));
    return scores.length < 2 ? undefined : Math.max(...scores);
  });
  return rows.map(({ label, cells }) => ({
    label,
    cells: cells.map((cell, at) => (cell.kind === 'score' ? { ...cell, best: Number(cell.text) === best![at] } : cell)),
  }));
}
