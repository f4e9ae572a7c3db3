import assert from 'node:assert/strict';
import { test } from 'node:test';
import { togetherComplaint } from '../../src/experiment/complaints.ts';

/** Of a file that no registry names. */
const about = (file: string, address: string) => ({
  where: `${file} from npm:x@1`,
  what: `No tarball from https://npm.example/${address} (it is off) after 3 tries.`,
  hint: 'Check the network.',
});

test('complaints: what failed for one reason is one sentence, with the files that it is about', () => {
  const other = { where: 'model', what: 'It is gone.', hint: 'Name another.' };
  assert.equal(
    togetherComplaint([about('a.csv', 'x'), about('b.csv', 'y'), other, about('c.csv', 'z'), about('d.csv', 'z')]).message,
    'No tarball from npm.example (it is off) after 3 tries (4 files: a.csv, b.csv, c.csv, …). Check the network. | model: It is gone. Name another.',
  );
  assert.equal(
    togetherComplaint([about('a.csv', 'x'), about('a.csv', 'x')]).message,
    'a.csv from npm:x@1: No tarball from https://npm.example/x (it is off) after 3 tries. Check the network.',
  );
});
