import { z } from 'zod';
import { REQUESTS } from './read-request.ts';

/** Where editors find the schema, in a file that is no one else's business. */
const $schema = z.string().optional().describe('URL of this schema, for editors.');

/** request.schema.json: what a person writes. Fields with a default may be left out. */
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
      // What messages and help are made of is none of JSON Schema's words.
      delete jsonSchema['takes'];
      delete jsonSchema['otherwise'];
    },
  });
  return `${JSON.stringify({ title: 'A request of embedding-bench', ...schema }, undefined, 2)}\n`;
}
