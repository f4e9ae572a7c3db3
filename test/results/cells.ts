import { mkdirSync } from 'node:fs';
import { ResultsFolder, type Policy } from '../../src/results/folder.ts';
import { scoredCell, type ScoredCell } from '../../src/results/scored.ts';
import type { Row } from '../../src/results/row.ts';
import { row } from './rows.ts';

const CLASSES = ['a', 'b', 'c'];
/** Of 40 texts. */
export const TRUTH = Int32Array.from({ length: 40 }, (_, i) => i % 3);

/** A result whose named texts are wrong. */
export function cell(values: Partial<Row>, wrong: readonly number[] = [0, 5, 9]): ScoredCell {
  const predicted = TRUTH.map((label, i) => (wrong.includes(i) ? (label + 1) % 3 : label));
  return scoredCell({
    row: row({ file_hash: 'f1', tokenizer_hash: 't1', data_hash: 'd1', ...values }),
    outcomes: { kind: 'single', truth: TRUTH, predicted, classes: 3 },
    classes: CLASSES,
  });
}

/** The row of a result before it is computed. */
export function expected(values: Partial<Row>): Row {
  const {
    n,
    correct,
    accuracy,
    micro_f1: micro,
    macro_f1: macro,
    ...rest
  } = row({ file_hash: 'f1', tokenizer_hash: 't1', data_hash: 'd1', ...values });
  return { ...rest, n: n && '', correct: correct && '', accuracy: accuracy && '', micro_f1: micro && '', macro_f1: macro && '' };
}

export async function openFolder(folder: string, policy: Policy = 'same-inputs'): Promise<ResultsFolder> {
  mkdirSync(folder, { recursive: true });
  const results = await ResultsFolder.open({ folder, policy });
  results.begin('plan');
  return results;
}
