import { HarnessError, option } from '../errors.ts';
import { INPUT_COLUMNS, type Column, type Row } from './row.ts';

/** Whether results in a folder were made from the files that a run would read now. */

type InputColumn = (typeof INPUT_COLUMNS)[number];

/** A result of the folder that was made from other inputs than it would be now. */
export interface StaleResult {
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

/** Input columns that depend on the prompt: those of another prompt say nothing about this one. */
const PROMPTED: ReadonlySet<InputColumn> = new Set(['tokenizer_hash', 'training']);

/** The input columns of a row that are known and differ from those of `now`, which may have another prompt. */
export function otherInputs(row: Row, now: Row): InputColumn[] {
  return INPUT_COLUMNS.filter(
    (column) => row[column] !== '' && row[column] !== now[column] && (row.prompt === now.prompt || !PROMPTED.has(column)),
  );
}

/** A key of rows from the same inputs: encoder and data, and how the encoder was trained. */
export function inputsKey({ encoder, dataset, label_field: field, sample, objective, seed }: Row): string {
  return JSON.stringify([encoder, dataset, field, sample, objective, seed]);
}

/** A result in words, for messages. */
export function resultName({ encoder, dataset, pooling, layers, dim, prompt, protocol, split, objective, seed }: Row): string {
  const scored = `${protocol}${split === 'all' ? '' : ` ${split}`}`;
  const trained = objective === '' ? [] : [`${objective} seed ${seed}`];
  const kept = dim === '' ? [] : [`${dim} numbers`];
  const before = prompt === '' ? [] : [`prompt ${prompt}`];
  return [`${encoder} on ${dataset}`, `${pooling} ${layers}`, ...kept, ...before, scored, ...trained].join(', ');
}

/** An existing result, if it was made from other files than `row` would be. */
export function staleResult(found: Row | undefined, row: Row): StaleResult | undefined {
  const columns = found === undefined ? [] : otherInputs(found, row);
  return found === undefined || columns.length === 0 ? undefined : { row, found, columns };
}

/** What a policy does with such results. */
const REMEDIES = [
  ['overwrite', 'overwrite', 'recomputes everything'],
  ['prune-stale', 'pruneStale', 'recomputes only these'],
  ['only-missing', 'onlyMissing', 'keeps them'],
] as const;

/** The error for such results, of which there is at least one. `file`: results.csv; `policies`: what can be asked for, all if undefined. */
export function staleResults(file: string, stale: readonly StaleResult[], policies?: readonly string[]): HarnessError {
  const { row, found, columns } = stale[0]!;
  const wordOf = (column: InputColumn): string =>
    column === 'tokenizer_hash' && row.prompt !== '' ? 'tokenizer or prompt' : INPUT_WORDS[column];
  const what = columns.map((column) => `${wordOf(column)} ${found[column]} then, ${row[column]} now`).join('; ');
  const were = stale.length === 1 ? 'was' : 'were';
  return new HarnessError('OUTPUT', {
    where: file,
    what: `${stale.length} of its results ${were} computed from other inputs (${row.encoder} on ${row.dataset}: ${what}).`,
    hint: `${REMEDIES.filter(([policy]) => policies?.includes(policy) ?? true)
      .map(([, name, does]) => `${option(name)} ${does}`)
      .join(', ')}; or give another folder with ${option('out')}.`,
  });
}

/** What a result was made from, in addition to its inputs. */
export const MADE_OF = [...INPUT_COLUMNS, 'revision', 'index_options'] as const satisfies readonly Column[];
