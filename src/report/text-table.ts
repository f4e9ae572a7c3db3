import CliTable from 'cli-table3';

/** A text table: with rules on a TTY, aligned columns elsewhere. The first `names` columns are text, the others numbers. */
export interface GridParams {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly names: number;
  readonly ruled: boolean;
  /** Columns of the terminal. If the grid is wider, its longest names are truncated with an ellipsis. */
  readonly width: number;
  /** Minimum width of name columns. */
  readonly shortest?: number | undefined;
}

export interface Grid {
  readonly text: string;
  /** Width of the grid. */
  readonly width: number;
}

/** Name columns are never narrower than this, however narrow the terminal. */
const SHORTEST_NAME = 8;

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
  const shortest = params.shortest ?? SHORTEST_NAME;
  for (let excess = whole.width - params.width; excess > 0; excess--) {
    const names = widths.slice(0, params.names);
    const widest = names.indexOf(Math.max(...names));
    if (widths[widest]! <= shortest) break;
    widths[widest]!--;
  }
  return draw(params, widths);
}

function draw({ head, rows, names, ruled }: GridParams, widths: readonly number[]): Grid {
  const padding = ruled ? 1 : 0;
  const table = new CliTable({
    head: [...head],
    colAligns: head.map((_, at) => (at < names ? 'left' : 'right')),
    colWidths: [...widths],
    style: { head: [], border: [], compact: true, 'padding-left': padding, 'padding-right': padding },
    ...(ruled ? {} : { chars: NO_RULES }),
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  return { text: lines.join('\n'), width: ruled ? lines[0]!.length : 0 };
}
