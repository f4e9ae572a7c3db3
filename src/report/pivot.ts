import type { Failure, Row } from '../results/row.ts';
import { poolingName, type Heading } from './heading.ts';
import { datasetLines, encoderLines, type Line, type Lines } from './lines.ts';
import type { Published } from './published.ts';
import type { Reasons } from './reasons.ts';
import type { Titles } from './titles.ts';
import { goodness, scoreColumn } from '../results/task-scores.ts';
import { SCORE_TITLES, type Score } from './words.ts';

/** Result rows pivoted into the rows and columns of one table. */

export type Cell =
  | {
      readonly kind: 'score';
      readonly text: string;
      /** Comparison value: higher is better. */
      readonly value: number;
      /** With several seeds `± 0.30 (3 seeds)`; with one `[94.20, 97.60]`. */
      readonly spread?: string | undefined;
      readonly best: boolean;
      /** Not the best, but not significantly different from it. */
      readonly tied: boolean;
      /** p-value against the best of its column, Holm-corrected; undefined if not tested. */
      readonly p?: number | undefined;
      readonly published: string | undefined;
      /** Result rows that it shows: one, or one per seed. */
      readonly rows: readonly Row[];
    }
  | { readonly kind: 'failed'; readonly reason: number }
  | { readonly kind: 'empty' };

export interface TableRow {
  /** Pooling, with its layers if they are not the usual ones: `cls`, `layermean (layers 1..L)`. */
  readonly pooling: string;
  /** Title of the encoder. */
  readonly label: string;
  /** Title of the objective; '' in a table of frozen encoders. */
  readonly objective: string;
  /** One per column. */
  readonly cells: readonly Cell[];
}

/** The result rows of one heading: never empty. */
export interface Section {
  readonly heading: Heading;
  readonly rows: readonly Row[];
}

/** What all tables of a page share. */
export interface Page {
  readonly failures: readonly Failure[];
  /** Datasets with a row in any table: if a table lacks one of them, it has no such split, which is not a failure. */
  readonly scored: ReadonlySet<string>;
  readonly titles: Titles;
  readonly published: Published;
  readonly score: Score;
  /** Its datasets have several tasks, and so several scores. */
  readonly mixed: boolean;
  readonly reasons: Reasons;
}

export interface Pivoted {
  /** Titles of datasets. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** One table of these sections: each has its encoders, all have the same columns, and each column has one best result. */
export function pivot(sections: readonly Section[], page: Page): Pivoted {
  const { scored, titles, published, score, reasons } = page;
  const rows = sections.flatMap((section) => section.rows);
  const here = new Set(rows.map((row) => row.dataset));
  const failures = sections.flatMap((section) => failuresOf(section, page));
  const columns = datasetLines({ rows, failures: failures.filter(({ dataset }) => !scored.has(dataset)), titles });
  const body = sections.flatMap((section) => {
    const lines = linesOf(section, page, here);
    const byPlace = new Map(section.rows.map((row) => [lines.keyOf(row) + columns.keyOf(row), row]));
    return lines.all.map((line): TableRow => ({
      pooling: poolingName(section.heading),
      label: line.label,
      objective: '',
      cells: columns.all.map((column): Cell => {
        const row = byPlace.get(line.key + column.key);
        const own = row && scoreColumn(row, score);
        if (row !== undefined && own !== undefined && row[own] !== '') {
          return {
            kind: 'score',
            text: row[own],
            value: goodness(own, Number(row[own])),
            best: false,
            tied: false,
            published: own === 'micro_f1' ? published(row) : undefined,
            rows: [row],
          };
        }
        const reason = reasons.numberOf({ ...placeOf(line), dataset: column.name, pooling: section.heading.pooling });
        return reason === undefined ? { kind: 'empty' } : { kind: 'failed', reason };
      }),
    }));
  });
  return {
    columns: columns.all.map((column) =>
      columnTitle(
        column.label,
        rows.filter((row) => columns.keyOf(row) === column.key),
        page,
      ),
    ),
    rows: markBest(body),
  };
}

/** The title of a column, with its score if the page shows several, unless it is the requested one. */
export function columnTitle(label: string, rows: readonly Row[], { score, mixed }: Pick<Page, 'score' | 'mixed'>): string {
  const own = [...new Set(rows.map((row) => scoreColumn(row, score)))].filter((each) => each !== score);
  return own.length === 0 || !mixed ? label : `${label} (${own.map((each) => SCORE_TITLES[each]).join(', ')})`;
}

/** The fields of a failure that match a line. */
export function placeOf({ name, dim, prompt }: Line): { readonly encoder: string; readonly dim: string; readonly prompt: string } {
  return { encoder: name, dim, prompt };
}

/** The encoders of a section. `here`: the datasets of its table; an encoder that failed only elsewhere has no line. */
export function linesOf(section: Section, page: Page, here: ReadonlySet<string> = new Set(section.rows.map((row) => row.dataset))): Lines {
  const failures = failuresOf(section, page).filter(({ dataset }) => here.has(dataset) || !page.scored.has(dataset));
  return encoderLines({ rows: section.rows, failures, titles: page.titles });
}

function failuresOf({ heading }: Section, { failures }: Page): Failure[] {
  return failures.filter(({ pooling }) => pooling === undefined || pooling === heading.pooling);
}

/** Marks the best of each column by the printed score; ties are all best, and a single score is not marked. */
export function markBest<R extends { readonly cells: readonly Cell[] }>(rows: readonly R[]): R[] {
  const best = rows[0]?.cells.map((_, at) => {
    const scores = rows.map((row) => row.cells[at]!).flatMap((cell) => (cell.kind === 'score' ? [cell.value] : []));
    return scores.length < 2 ? undefined : Math.max(...scores);
  });
  return rows.map((row) => ({
    ...row,
    cells: row.cells.map((cell, at) => (cell.kind === 'score' ? { ...cell, best: cell.value === best![at] } : cell)),
  }));
}
