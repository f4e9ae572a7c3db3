import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { packageRoot } from '../../home.ts';
import { withFamilyTable } from './listed.ts';

/** Writes the table of families into docs/encoders.md. */
if (process.argv[1] === import.meta.filename) {
  const docs = path.join(packageRoot(), 'docs', 'encoders.md');
  await writeAtomically(docs, withFamilyTable(await readFile(docs, 'utf8')));
  process.stdout.write('docs/encoders.md\n');
}
