import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { packageRoot } from '../../home.ts';
import { documented } from './documented.ts';
import { outputJsonSchema } from './schema.ts';

/** Writes output.schema.json, and the tables of docs/output.md. */
if (process.argv[1] === import.meta.filename) {
  const docs = path.join(packageRoot(), 'docs', 'output.md');
  await writeAtomically(path.join(packageRoot(), 'output.schema.json'), outputJsonSchema());
  await writeAtomically(docs, documented(await readFile(docs, 'utf8')));
  process.stdout.write('output.schema.json\ndocs/output.md\n');
}
