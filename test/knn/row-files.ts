import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { row, type Matrix } from '../../src/numeric/matrix.ts';
import { makeRowFile, writeRow, type RowFile } from '../../src/numeric/row-file.ts';

/** The same rows in a file. */
export async function fileOf(matrix: Matrix): Promise<RowFile> {
  const file = await makeRowFile(mkdtempSync(path.join(tmpdir(), 'rows-')), matrix);
  for (let i = matrix.rows - 1; i >= 0; i--) writeRow(file, i, row(matrix, i));
  return file;
}
