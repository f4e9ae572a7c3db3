import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { packageRoot } from '../home.ts';
import { requestJsonSchema } from './request-schema.ts';
import { documentedRequests } from './request-tables.ts';
import { requestTypes } from './request-types.ts';

/** Writes what is made from the shapes of requests: request.schema.json, the tables of docs/requests.md, the types of the API. */
if (process.argv[1] === import.meta.filename) {
  const docs = path.join(packageRoot(), 'docs', 'requests.md');
  await writeAtomically(path.join(packageRoot(), 'request.schema.json'), requestJsonSchema());
  await writeAtomically(docs, documentedRequests(await readFile(docs, 'utf8')));
  await writeAtomically(path.join(packageRoot(), 'src', 'api', 'requests.ts'), requestTypes());
  process.stdout.write('request.schema.json\ndocs/requests.md\nsrc/api/requests.ts\n');
}
