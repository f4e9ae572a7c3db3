import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { HarnessError } from '../../src/errors.ts';
import { randomInts } from '../../src/numeric/random.ts';
import { changeValues } from '../json-mutations.ts';
import { mutator, replaceFile } from '../mutations.ts';
import { oracleFolders } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { tinyTokenizer } from '../tiny-encoder.ts';

const ROUNDS = 300;
const TEXTS = ['', 'what is it?', 'é 漢字 😂 \u0000 \u200d[CLS] <s>', 'a'.repeat(150)];

/** True if the tokenizer is read and makes ids of every text, false if it is refused properly; fails otherwise. */
async function works(file: string): Promise<boolean> {
  let tokenizer: TextTokenizer;
  try {
    tokenizer = await TextTokenizer.read(file);
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'TOKENIZER') throw error;
    assert.match(error.message, /^[^\r\n]{1,4000}$/u);
    return false;
  }
  for (const text of TEXTS) {
    assert.ok(tokenizer.encode(text, 64).ids.length <= Math.max(64, tokenizer.specials));
    const { ids } = tokenizer.body(text);
    assert.ok(
      ids.every((id) => Number.isInteger(id) && id >= 0),
      `ids ${JSON.stringify(ids)} of ${JSON.stringify(text)}`,
    );
  }
  for (const text of TEXTS) pairWorks(tokenizer, text);
  return true;
}

/** A pair has the right ids and types, or is refused: single texts are read either way. */
function pairWorks(tokenizer: TextTokenizer, text: string): void {
  try {
    const { ids, types, total, texts } = tokenizer.encodePair(text, 'who is it', 64);
    const own = texts.reduce((sum, { kept }) => sum + kept, 0);
    assert.ok(types.length === ids.length && ids.length <= total && (ids.length <= 64 || own === 0));
    assert.ok([...ids, ...types].every((id) => Number.isInteger(id) && id >= 0));
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'TOKENIZER') throw error;
    assert.match(error.message, /^[^\r\n]{1,4000}$/u);
  }
}

const folder = temporaryFolder();

async function fuzz(json: string, seed: number): Promise<void> {
  const file = path.join(folder, `${seed}.json`);
  replaceFile(file, json);
  assert.ok(await works(file), 'the file is good before it is changed');
  const mutate = mutator(seed);
  const draw = randomInts(seed);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const mutated = round % 4 === 0 ? mutate(Buffer.from(json), [Buffer.from(json)]) : changeValues(json, draw);
    replaceFile(file, mutated);
    const good = await works(file).catch((error: unknown) => {
      throw new Error(`round ${round} of seed ${seed}: ${String(error)}`, { cause: error });
    });
    if (!good) refused++;
  }
  assert.ok(refused > ROUNDS / 10, `only ${refused} of ${ROUNDS} changed files were refused`);
}

test('fuzz: a tokenizer.json, changed at random, is read or refused in one line', { timeout: 60_000 }, () =>
  fuzz(JSON.stringify(tinyTokenizer()), 1),
);

const FAMILIES = ['roberta', 'modernbert', 'deberta-v3', 'bigbird', 'tokenizer-unigram-nmt-nfkc'];

// Prefers the project's own, if there is one.
for (const [i, { name, at, skip }] of FAMILIES.map((family) => oracleFolders(family)[0]!).entries()) {
  const what = `fuzz: the tokenizer.json of ${name}, changed at random, is read or refused in one line`;
  test(what, { timeout: 60_000, skip }, () => fuzz(readFileSync(at('tokenizer.json'), 'utf8'), i + 101));
}
