import { z } from 'zod';
import { REQUESTS } from './read-request.ts';

/** URL of the schema for editors, otherwise ignored. */
const $schema = z.string().optional().describe('URL of this schema, for editors.');

/** request.schema.json: the request as the user writes it. Fields with a default may be omitted. */
export function requestJsonSchema(): string {
  const { run, rank, finetune, choose, map } = REQUESTS;
  const any = z.discriminatedUnion('command', [
    run.extend({ $schema }),
    rank.extend({ $schema }),
    finetune.extend({ $schema }),
    choose.extend({ $schema }),
    map.extend({ $schema }),
  ]);
  const schema = z.toJSONSchema(any, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Used for messages and help; not a JSON Schema keyword.
      delete jsonSchema['takes'];
      delete jsonSchema['otherwise'];
    },
  });
  return `${JSON.stringify({ title: 'A request of embedding-bench', ...schema }, undefined, 2)}\n`;
}
