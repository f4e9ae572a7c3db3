import type { CorrectTexts } from '../statistics/mcnemar-against.ts';
import type { Predictions } from './predictions.ts';
import { resultKey } from './merge.ts';
import type { Row } from './row.ts';

/**
 * Characters in a line of predictions: `.` a correct text, `;` the end of the classes of another text that may have several, a capital the
 * end of a class.
 */
const [CORRECT, END] = ['.'.charCodeAt(0), ';'.charCodeAt(0)];

/**
 * Which texts a result predicts correctly, from its line of predictions; undefined if there is no such line, or if its number of correct
 * texts differs from the row.
 */
export function correctTexts({ truths, cells }: Predictions, row: Row): CorrectTexts | undefined {
  const cell = cells.get(resultKey(row));
  const truth = cell && truths.get(cell.truth);
  if (cell === undefined || truth === undefined) return undefined;
  const { given } = cell;
  const bits = new Uint32Array(Math.ceil(given.length / 32));
  let [n, correct] = [0, 0];
  for (let i = 0; i < given.length; i++) {
    const code = given.charCodeAt(i);
    if (code === CORRECT) {
      bits[n >>> 5]! |= 1 << (n & 31);
      correct++;
      n++;
    } else if (truth.multi ? code === END : code >= 65 && code <= 90) {
      n++;
    }
  }
  return String(n) === row.n && String(correct) === row.correct ? bits.slice(0, Math.ceil(n / 32)) : undefined;
}
