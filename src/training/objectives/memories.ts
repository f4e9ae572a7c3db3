import { HarnessError } from '../../errors.ts';
import type { Feeds, ObjectiveState } from '../objective.ts';

/** Memory of earlier batches: for each class the text that was seen last. */
export interface Memory {
  /** Dataset row of the remembered text, by class; -1 for none. */
  readonly rows: Int32Array;
  /** Its inputs of the loss graph. */
  feeds(): Feeds;
  /** Remembers the texts of a batch in order. vectors: [at least as many rows, width]. */
  remember(rows: readonly number[], vectors: Float32Array): void;
  save(): ObjectiveState;
  restore(state: ObjectiveState): void;
}

/** One text per class, embedded again at each step: no vector is stored. */
export function rowMemory({ labels, classes }: { labels: Int32Array; classes: number }): Memory {
  const rows = new Int32Array(classes).fill(-1);
  return {
    rows,
    feeds: () => ({}),
    remember(batch) {
      for (const row of batch) rows[labels[row]!] = row;
    },
    save: () => ({ tensors: {}, numbers: { rows: [...rows] } }),
    restore: ({ numbers }) => rows.set(checkedRows(numbers['rows'], classes)),
  };
}

/** One vector per class, from the step in which its text was seen: a graph input, so no gradient goes through it. */
export function vectorMemory({ labels, classes, width }: { labels: Int32Array; classes: number; width: number }): Memory {
  const { rows, save, restore, remember } = rowMemory({ labels, classes });
  const vectors = new Float32Array(classes * width);
  const dims = [classes, width];
  return {
    rows,
    feeds: () => ({ 'objective.memory': { type: 'float32', dims, data: vectors.slice() } }),
    remember(batch, given) {
      for (const [i, row] of batch.entries()) vectors.set(given.subarray(i * width, (i + 1) * width), labels[row]! * width);
      remember(batch, given);
    },
    save: () => ({ tensors: { memory: { dims, data: vectors.slice() } }, numbers: save().numbers }),
    restore(state) {
      const saved = state.tensors['memory']?.data;
      if (saved?.length !== vectors.length) throw foreign(`${saved?.length ?? 'no'} numbers`, `${vectors.length}`);
      restore(state);
      vectors.set(saved);
    },
  };
}

function checkedRows(saved: readonly number[] | undefined, classes: number): readonly number[] {
  if (saved?.length !== classes) throw foreign(`${saved?.length ?? 'no'} classes`, `${classes}`);
  return saved;
}

function foreign(got: string, want: string): HarnessError {
  return new HarnessError('FORMAT', {
    what: `The saved memory of the objective has ${got}, expected ${want}.`,
    hint: 'The checkpoint belongs to another run.',
  });
}
