import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { packageRoot } from '../../home.ts';
import { documented } from './documented.ts';
import { rowTypes } from './row-types.ts';
import { outputJsonSchema } from './schema.ts';

/** Writes output.schema.json, the tables of docs/output.md, and the types of rows for programs. */
if (process.argv[1] === import.meta.filename) {
  const docs = path.join(packageRoot(), 'docs', 'output.md');
  await writeAtomically(path.join(packageRoot(), 'output.schema.json'), outputJsonSchema());
  await writeAtomically(docs, documented(await readFile(docs, 'utf8')));
  await writeAtomically(path.join(packageRoot(), 'src', 'api', 'rows.ts'), rowTypes());
  process.stdout.write('output.schema.json\ndocs/output.md\nsrc/api/rows.ts\n');
}
