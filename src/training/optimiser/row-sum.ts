import { HarnessError } from '../../errors.ts';
import { FloatMemory } from './float-memory.ts';
import { fill, scatterAdd, sumSquares } from './kernels.ts';

/** Gradient of rows of a table: row `ids[i]` gets `values[i]` [width]. A row may occur more than once. */
export interface RowGradients {
  readonly ids: BigInt64Array | Int32Array;
  /** [ids, width] */
  readonly values: Float32Array;
}

/** Values are copied into the memory in pieces that fit into the cache. */
const PIECE_NUMBERS = 1 << 18;

export interface RowSumParams {
  /** For messages. */
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  /** Gets no gradient, as torch's padding_idx. */
  readonly ignoreRow?: number | undefined;
}

/** Sums of a table's row gradients: each row once, in the order of first occurrence. Its memory is reused from step to step. */
export class RowSum {
  readonly #params: RowSumParams;
  #memory: Room | undefined;

  constructor(params: RowSumParams) {
    this.#params = params;
  }

  /**
   * `values` [ids, width] is valid until the next call. Throws SHAPE for a row that the table does not have, and if the lengths of ids and
   * values do not match.
   */
  sum(lists: readonly RowGradients[]): {
    readonly ids: readonly number[];
    readonly values: Float32Array<ArrayBuffer>;
    readonly squares: number;
  } {
    const { width, ignoreRow } = this.#params;
    for (const { ids, values: own } of lists) checkRows(this.#params, ids, own.length);
    const slotOf = new Map<number, number>();
    for (const { ids } of lists) {
      for (const each of ids) {
        const id = Number(each);
        if (id !== ignoreRow && !slotOf.has(id)) slotOf.set(id, slotOf.size);
      }
    }
    const room = this.#room(slotOf.size);
    const values = room.sums.subarray(0, slotOf.size * width);
    fill(values, 0);
    for (const list of lists) scatter({ list, slotOf, room, values, width });
    return { ids: [...slotOf.keys()], values, squares: sumSquares(values) };
  }

  #room(rows: number): Room {
    const { width } = this.#params;
    if (this.#memory === undefined || this.#memory.sums.length < rows * width) this.#memory = roomFor(rows + (rows >> 1), width);
    return this.#memory;
  }
}

/** Throws SHAPE for a row that the table does not have, and if the gradient does not have `numbers` numbers. */
export function checkRows({ name, rows, width }: RowSumParams, ids: RowGradients['ids'], numbers: number): void {
  if (numbers !== ids.length * width)
    throw new HarnessError('SHAPE', {
      where: name,
      what: `The gradient of ${ids.length} rows of ${width} has ${numbers} numbers.`,
    });
  const strange = ids.find((id) => id < 0 || id >= rows);
  if (strange !== undefined)
    throw new HarnessError('SHAPE', { where: name, what: `There is a gradient of row ${strange}, and the table has ${rows} rows.` });
}

interface Room {
  readonly sums: Float32Array<ArrayBuffer>;
  readonly piece: Float32Array<ArrayBuffer>;
  readonly slots: Int32Array<ArrayBuffer>;
}

function roomFor(rows: number, width: number): Room {
  const pieceRows = Math.max(1, Math.floor(PIECE_NUMBERS / width));
  const sizes = [rows * width, pieceRows * width, pieceRows];
  const memory = new FloatMemory(sizes.reduce((sum, size) => sum + FloatMemory.bytesOf(size), 0));
  return { sums: memory.take(rows * width), piece: memory.take(pieceRows * width), slots: memory.takeInts(pieceRows) };
}

interface ScatterParams {
  readonly list: RowGradients;
  readonly slotOf: ReadonlyMap<number, number>;
  readonly room: Room;
  readonly values: Float32Array<ArrayBuffer>;
  readonly width: number;
}

function scatter({ list: { ids, values: given }, slotOf, room: { piece, slots }, values, width }: ScatterParams): void {
  for (let i = 0; i < ids.length;) {
    let filled = 0;
    for (; i < ids.length && filled < slots.length; i++) {
      const slot = slotOf.get(Number(ids[i]!));
      if (slot === undefined) continue;
      piece.set(given.subarray(i * width, (i + 1) * width), filled * width);
      slots[filled++] = slot;
    }
    scatterAdd({ out: values, slots: slots.subarray(0, filled), values: piece.subarray(0, filled * width), width });
  }
}
