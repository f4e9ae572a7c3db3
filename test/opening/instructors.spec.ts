import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Encoder } from '../../src/encoders/encoder.ts';
import { skippedTokens } from '../../src/encoders/prompted-text.ts';
import type { PromptChoice } from '../../src/encoders/prompts.ts';
import { ownEncoder } from '../../src/opening/encoder-ref.ts';
import { openEncoderRef } from '../../src/opening/open.ts';
import { openSources } from '../../src/sources/sources.ts';
import { ownOracle } from '../oracles.ts';
import { COMMIT } from '../sources/server.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const PROMPT: PromptChoice = { kind: 'text', text: 'a: ' };
const COUNTED =
  'Its name says INSTRUCTOR, whose mean pooling excludes the prompt tokens; its Pooling config includes them, and is followed: ' +
  'set "include_prompt": false in the config.json of the Pooling to exclude them.';
const cacheDir = path.join(root, 'cache');
const sources = openSources({ cacheDir, offline: true, mirrors: [], env: { HF_HOME: path.join(root, 'home') } });

/** A T5 with modules.json, in the cache of the hub's library under that name. */
function cached(repository: string): string {
  const repo = path.join(root, 'home', 'hub', `models--${repository.replace('/', '--')}`);
  mkdirSync(path.join(repo, 'refs'), { recursive: true });
  writeFileSync(path.join(repo, 'refs', 'main'), COMMIT);
  cpSync(ownOracle('t5'), path.join(repo, 'snapshots', COMMIT), { recursive: true });
  return `hf:${repository}`;
}

function open(value: string, prompt: PromptChoice | undefined): Promise<Encoder> {
  return openEncoderRef({
    ref: ownEncoder({ value, firstLayers: undefined, dtype: undefined }),
    sources,
    dtype: undefined,
    maxLength: undefined,
    prompt,
  });
}

const notesOf = ({ notes }: Encoder) => notes.filter((note) => note.includes('INSTRUCTOR'));

for (const name of ['base', 'large', 'xl']) {
  test(`instructor-${name}: the tokens of a prompt are left out of the mean, though its Pooling does not say so`, async () => {
    const value = cached(`hkunlp/instructor-${name}`);
    for (const asked of [value, `${value}@${COMMIT}`, `mine=${value}`]) {
      const encoder = await open(asked, PROMPT);
      assert.equal(encoder.includePrompt, false, asked);
      assert.equal(skippedTokens(encoder), encoder.prompt!.tokens);
      assert.deepEqual(notesOf(encoder), []);
    }
  });
}

test('instructor: others that are called so have what their Pooling says, and a note where a prompt counts', async () => {
  const named = path.join(root, 'my-Instructor');
  cpSync(ownOracle('t5'), named, { recursive: true });
  for (const value of [cached('org/instructor-base'), named]) {
    const encoder = await open(value, PROMPT);
    assert.equal(skippedTokens(encoder), 0);
    assert.deepEqual(notesOf(encoder), [COUNTED]);
    assert.deepEqual(notesOf(await open(value, undefined)), []);
    assert.deepEqual(notesOf(await open(value, { kind: 'text', text: '' })), []);
  }
  const pooling = path.join(named, '1_Pooling', 'config.json');
  writeFileSync(pooling, '{"word_embedding_dimension": 16, "pooling_mode_mean_tokens": true, "include_prompt": false}');
  const encoder = await open(named, PROMPT);
  assert.equal(skippedTokens(encoder), encoder.prompt!.tokens);
  assert.deepEqual(notesOf(encoder), []);
});

test('instructor: an encoder of another name counts a prompt in silence', async () => {
  const encoder = await open(cached('sentence-transformers/gtr-t5-base'), PROMPT);
  assert.equal(encoder.includePrompt, true);
  assert.deepEqual(notesOf(encoder), []);
});
