import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { packageRoot } from '../home.ts';
import { requestJsonSchema } from './request-schema.ts';
import { documentedRequests } from './request-tables.ts';
import { requestTypes } from './request-types.ts';

/**
 * A script that nothing imports: writes the files generated from the schemas of requests, which are request.schema.json, the tables of
 * docs/requests.md and the types of the API.
 */
const docs = path.join(packageRoot(), 'docs', 'requests.md');
await writeAtomically(path.join(packageRoot(), 'request.schema.json'), requestJsonSchema());
await writeAtomically(docs, documentedRequests(await readFile(docs, 'utf8')));
await writeAtomically(path.join(packageRoot(), 'src', 'api', 'requests.ts'), requestTypes());
