import { HarnessError, option } from '../errors.ts';
import { INPUT_COLUMNS, type Column, type Row } from './row.ts';

/** Whether cells of a results folder were made from the files that a run would read now. */

type InputColumn = (typeof INPUT_COLUMNS)[number];

/** A cell of the folder that was made from other inputs than it would be now. */
export interface StaleCell {
  readonly row: Row;
  readonly found: Row;
  readonly columns: readonly InputColumn[];
}

const INPUT_WORDS: Readonly<Record<InputColumn, string>> = {
  members: 'encoders',
  file_hash: 'encoder file',
  tokenizer_hash: 'tokenizer',
  data_hash: 'data',
  training: 'training settings',
};

/** The input columns that a prompt decides with: those of another prompt say nothing of this one's. */
const PROMPTED: ReadonlySet<InputColumn> = new Set(['tokenizer_hash', 'training']);

/** The input columns of a row that are known and are not those of `now`, whose prompt may be another one. */
export function otherInputs(row: Row, now: Row): InputColumn[] {
  return INPUT_COLUMNS.filter(
    (column) => row[column] !== '' && row[column] !== now[column] && (row.prompt === now.prompt || !PROMPTED.has(column)),
  );
}

/** What rows from the same inputs have in common: encoder and data, and how the encoder was trained. */
export function inputsKey({ encoder, dataset, label_field: field, sample, objective, seed }: Row): string {
  return JSON.stringify([encoder, dataset, field, sample, objective, seed]);
}

/** A cell in words, for messages. */
export function cellWords({ encoder, dataset, pooling, layers, dim, prompt, protocol, split, objective, seed }: Row): string {
  const scored = `${protocol}${split === 'all' ? '' : ` ${split}`}`;
  const trained = objective === '' ? [] : [`${objective} seed ${seed}`];
  const kept = dim === '' ? [] : [`${dim} numbers`];
  const before = prompt === '' ? [] : [`prompt ${prompt}`];
  return [`${encoder} on ${dataset}`, `${pooling} ${layers}`, ...kept, ...before, scored, ...trained].join(', ');
}

/** A cell as the folder has it, where it was made from other inputs than `row` would be. */
export function staleCell(found: Row | undefined, row: Row): StaleCell | undefined {
  const columns = found === undefined ? [] : otherInputs(found, row);
  return found === undefined || columns.length === 0 ? undefined : { row, found, columns };
}

/** The error for such cells, of which there is one at least. `file`: results.csv. */
export function staleCells(file: string, stale: readonly StaleCell[]): HarnessError {
  const { row, found, columns } = stale[0]!;
  const wordOf = (column: InputColumn): string =>
    column === 'tokenizer_hash' && row.prompt !== '' ? 'tokenizer or prompt' : INPUT_WORDS[column];
  const what = columns.map((column) => `${wordOf(column)} ${found[column]} then, ${row[column]} now`).join('; ');
  const were = stale.length === 1 ? 'was' : 'were';
  return new HarnessError('OUTPUT', {
    where: file,
    what: `${stale.length} of its results ${were} computed from other inputs (${row.encoder} on ${row.dataset}: ${what}).`,
    hint:
      `${option('overwrite')} recomputes everything, ${option('pruneStale')} recomputes only these, ${option('onlyMissing')} keeps them; ` +
      `or give another folder with ${option('out')}.`,
  });
}

/** What a cell was made of beside its inputs. */
export const MADE_OF = [...INPUT_COLUMNS, 'revision'] as const satisfies readonly Column[];
