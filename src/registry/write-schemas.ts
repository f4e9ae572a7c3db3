import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { z } from 'zod';
import { packageRoot } from '../home.ts';
import { datasetsFile, modelsFile, suitesFile } from './schema.ts';

/** The JSON Schemas that editors read, by file name. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({ 'models.schema.json': modelsFile, 'datasets.schema.json': datasetsFile, 'suites.schema.json': suitesFile }).map(
      ([file, schema]) => [
        file,
        // `input`: what a user writes, where fields with a default may be omitted.
        `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), undefined, 2)}\n`,
      ],
    ),
  );
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, text] of jsonSchemas()) {
    await writeAtomically(path.join(packageRoot(), file), text);
    process.stdout.write(`${file}\n`);
  }
}
