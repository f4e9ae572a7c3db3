import type { Encoder } from '../encoders/encoder.ts';
import type { OnnxModel } from '../graph/read.ts';
import { tokenTable } from '../graph/token-table.ts';
import type { Runner } from './runner.ts';
import { EncoderSession, type SessionParams, type WordSessionParams } from './session.ts';
import { TableRunner } from './table-runner.ts';
import { TokenRows, type TokenRowsParams } from './token-rows.ts';
import type { WordRunner } from './word-runner.ts';
import { WordTableRunner } from './word-table-runner.ts';

/**
 * A thread with the runtime; for an encoder that is only a table of token vectors, the table itself, which is faster to read than calling
 * the runtime. Throws what they throw.
 */
export async function openRunner(params: SessionParams): Promise<Runner> {
  const { encoder, specs, skip } = params;
  const rows = tableOf(encoder);
  return rows === undefined ? EncoderSession.open(params) : TableRunner.open({ rows, specs, skip });
}

/** The same for vectors of words. Throws as `openRunner`. */
export async function openWordRunner(params: WordSessionParams): Promise<WordRunner> {
  const rows = tableOf(params.encoder);
  return rows === undefined ? EncoderSession.openWords(params) : new WordTableRunner(rows, params.specs);
}

/** The table of token vectors of a static encoder; undefined for other encoders. */
function tableOf({ model, states, depth }: Pick<Encoder, 'model' | 'states' | 'depth'>): TokenRows | undefined {
  const found = depth === 0 && states.length === 1 ? tokenTable(model, states[0]!) : undefined;
  return found === undefined ? undefined : rowsOf(model, { ...found, folder: model.folder });
}

/** Tables in memory, kept until the memory is needed: an encoder is run over one set of texts after the other. */
const read = new WeakMap<OnnxModel, WeakRef<TokenRows>>();

function rowsOf(model: OnnxModel, params: TokenRowsParams): TokenRows {
  const rows = read.get(model)?.deref() ?? new TokenRows(params);
  read.set(model, new WeakRef(rows));
  return rows;
}
