import CliTable from 'cli-table3';
import { shortened } from './shortened.ts';

/** A text table: with rules on a TTY, aligned columns elsewhere. The first `names` columns are text, the others numbers. */
export interface GridParams {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly names: number;
  readonly ruled: boolean;
  /** Columns of the terminal. If the grid is wider, its longest names are cut in the middle. */
  readonly width: number;
}

export interface Grid {
  readonly text: string;
  /** Width of the grid. */
  readonly width: number;
}

/** Name columns are never narrower than this, padding included, however narrow the terminal. */
const SHORTEST_NAME = 8;
const PADDING = 1;

const NO_RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

export function formatTable(params: GridParams): Grid {
  const whole = draw(params, []);
  if (!params.ruled || whole.width <= params.width) return whole;
  // The top rule shows the width of each column: ┌──────┬────┐
  const widths = whole.text
    .split('\n')[0]!
    .slice(1, -1)
    .split('┬')
    .map((rule) => rule.length);
  for (let excess = whole.width - params.width; excess > 0; excess--) {
    const names = widths.slice(0, params.names);
    const widest = names.indexOf(Math.max(...names));
    if (widths[widest]! <= SHORTEST_NAME) break;
    widths[widest]!--;
  }
  return draw(params, widths);
}

function draw({ head, rows, names, ruled }: GridParams, widths: readonly number[]): Grid {
  const padding = ruled ? PADDING : 0;
  const columns = head.map((_, at) => {
    const texts = rows.map((row) => row[at]!);
    return at < names && widths.length > 0 ? shortened(texts, widths[at]! - 2 * PADDING) : texts;
  });
  const table = new CliTable({
    head: [...head],
    colAligns: head.map((_, at) => (at < names ? 'left' : 'right')),
    colWidths: [...widths],
    style: { head: [], border: [], compact: true, 'padding-left': padding, 'padding-right': padding },
    ...(ruled ? {} : { chars: NO_RULES }),
  });
  table.push(...rows.map((_, row) => columns.map((texts) => texts[row]!)));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return { text: lines.join('\n'), width: ruled ? lines[0]!.length : 0 };
}
