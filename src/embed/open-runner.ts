import type { OnnxModel } from '../graph/read.ts';
import { tokenTable } from '../graph/token-table.ts';
import type { Runner } from './runner.ts';
import { EncoderSession, type SessionParams } from './session.ts';
import { TableRunner } from './table-runner.ts';
import { TokenRows, type TokenRowsParams } from './token-rows.ts';

/**
 * A thread with the runtime; of an encoder that is a table of token vectors alone, the table, which is read faster than a call of the
 * runtime takes. Throws as they do.
 */
export async function openRunner(params: SessionParams): Promise<Runner> {
  const { encoder, specs, skip } = params;
  const { model, states, depth } = encoder;
  const found = depth === 0 && states.length === 1 ? tokenTable(model, states[0]!) : undefined;
  return found === undefined ? EncoderSession.open(params) : TableRunner.open({ rows: rowsOf(model, { ...found, folder: model.folder }), specs, skip });
}

/** Tables that were read, for as long as nobody needs their memory: an encoder is run over one set of texts after the other. */
const read = new WeakMap<OnnxModel, WeakRef<TokenRows>>();

function rowsOf(model: OnnxModel, params: TokenRowsParams): TokenRows {
  const rows = read.get(model)?.deref() ?? new TokenRows(params);
  read.set(model, new WeakRef(rows));
  return rows;
}
