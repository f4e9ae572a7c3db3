import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { defaultPooling } from '../../src/embed/default-pooling.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { loadVectors } from '../../src/embed/cut.ts';
import { isUnit, pooledVectors, type Pooling } from '../../src/embed/vectors.ts';
import { openEncoder, promptedEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { encodeText } from '../../src/encoders/prompted-text.ts';
import { NO_PROMPT, type PromptChoice } from '../../src/encoders/prompts.ts';
import type { BuildParams } from '../../src/encoders/families/build.ts';
import { differenceAlone, differenceTogether, Probe, reference } from '../encoders/families/oracle.ts';
import { reconfigured } from '../encoders/families/reconfigured.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';
import { idsOf, oraclePlaces, readOracle, type PublishedOracle } from './published-oracles.ts';
import { largest } from '../largest.ts';

/** The reference's name of each pooling of the last layer, or of all. */
const POOLINGS: readonly (readonly [tensor: string, pooling: Pooling, layers: 'last' | '0..L' | '1..L'])[] = [
  ['pooled.cls', 'cls', 'last'],
  ['pooled.mean', 'mean', 'last'],
  ['pooled.max', 'max', 'last'],
  ['pooled.last_token', 'last', 'last'],
  ['pooled.weighted_mean_st', 'weighted-mean', 'last'],
  ['pooled.cls_layermean_incl', 'cls-layermean', '0..L'],
  ['pooled.cls_layermean_excl', 'cls-layermean', '1..L'],
  ['pooled.mean_layermean_incl', 'layermean', '0..L'],
  ['pooled.mean_layermean_excl', 'layermean', '1..L'],
];

/** One or more texts with another config.json: the last hidden state by its tensor's name. */
const CHANGES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  long160: {},
  causal: { use_bidirectional_attention: false },
  bidirectional: { is_causal: false },
  dynamic100: { max_position_embeddings: 64, rope_parameters: { rope_type: 'dynamic', factor: 2, rope_theta: 1000 } },
};

/** Numbers that are not compared here, and why. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^(?:\w+\.)?(?:input_ids|attention_mask|special_tokens_mask|token_type_ids)$/, 'it is what is put in'],
  [/^pooler_output$/, 'no pooling here uses the pooler'],
  [/pooled\.mean_nospecial$/, 'no pooling here leaves special tokens out'],
  [/pooled\.weighted_mean_linspace_nospecial$/, 'no pooling here has weights that fall'],
  [/^transformer_ranker\./, 'words.spec.ts has it'],
  [/^pair\./, 'pairs.spec.ts has it'],
  [/^(?:global0|global_mixed)\./, 'longformer.spec.ts and oracles.spec.ts have it'],
  [/^(?:full|short|edge\d+|alone\d+|eval|train_rand|published_train_rand)\./, 'bigbird.spec.ts and random-blocks.spec.ts have it'],
  [/^model2vec\.encode$/, "a folder with modules.json is read by sentence-transformers' rules, which keep unknown tokens"],
];

const places = oraclePlaces();
const skip = unlessShared('oracles');

test('published oracles: folders that are passed over are those of no encoder', { skip }, (context) => {
  const others = places.flatMap(({ name, passedOver }) => (passedOver === undefined ? [] : [`${name}: ${passedOver}`]));
  for (const other of others) context.diagnostic(`passed over: ${other}`);
  const walked = new Set(places.filter(({ passedOver }) => passedOver === undefined).map(({ name }) => name));
  for (const [table, least] of [
    ['README.md', 13],
    ['README-new-families.md', 17],
  ] as const) {
    const [rows] = /(?<=\n\| folder \|.*\n).+?(?=\n\n|$)/su.exec(readFileSync(shared('oracles', table), 'utf8'))!;
    const listed = [...rows.matchAll(/^\| ([\w-]+) \|/gmu)].map(([, name]) => name!);
    assert.ok(listed.length >= least, `${listed.length} folders in ${table}`);
    assert.deepEqual(
      listed.filter((name) => !walked.has(name)),
      [],
      table,
    );
  }
});

for (const place of places) {
  if (place.passedOver !== undefined) continue;
  const oracle = readOracle(place);
  walk(oracle);
}

function walk(oracle: PublishedOracle): void {
  const { name, folder, known, tensors, tolerance, isStatic } = oracle;
  const { texts } = known;
  const isSparse = tensors.has('eval.rand_attn');
  const within = (what: string, difference: number) => assert.ok(difference <= tolerance, `${what} differs by ${difference}`);
  const floats = (tensor: string) => tensors.get(tensor)!.data as Float32Array;

  test(`${name}: all numbers of its expected.safetensors are compared, or it is said why not`, (context) => {
    const strange = [...tensors.keys()].filter((tensor) => !isCompared(tensor) && !ELSEWHERE.some(([pattern]) => pattern.test(tensor)));
    assert.deepEqual(strange, []);
    for (const tensor of tensors.keys()) {
      const reason = ELSEWHERE.find(([pattern]) => pattern.test(tensor))?.[1];
      if (!isCompared(tensor) && reason !== 'it is what is put in') context.diagnostic(`not compared: ${tensor}: ${reason}`);
    }
  });

  test(`${name}: token ids are the reference's, without a prompt and with each of its prompts`, async () => {
    const encoder = await open(folder, { maxLength: known.max_length ?? undefined, prompt: NO_PROMPT });
    assert.deepEqual(
      texts.map((text) => [...encodeText(encoder, text).ids]),
      idsOf(known),
    );
    const { prompted_input_ids: prompted = {}, prompt_length: lengths = {}, max_seq_length: longest } = known.sentence_transformers ?? {};
    if (longest !== undefined) assert.equal((await open(folder)).maxLength, longest);
    for (const [prompt, ids] of Object.entries(prompted)) {
      const withPrompt = promptedEncoder(encoder, { kind: 'name', name: prompt });
      assert.deepEqual(
        texts.map((text) => [...encodeText(withPrompt, text).ids]),
        ids,
        prompt,
      );
      assert.equal(withPrompt.prompt!.tokens, lengths[prompt], prompt);
    }
  });

  if (!isStatic) {
    test(`${name}: every hidden state is the reference's, alone in both forms and in a padded batch`, async () => {
      await compareStates(folder);
    });

    for (const file of readdirSync(folder).filter((each) => /^config\..+\.json$/.test(each))) {
      test(`${name}: so it is under ${file}`, async () => {
        const config = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as object;
        const theirs = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object;
        const gone = Object.fromEntries(Object.keys(theirs).map((key) => [key, undefined]));
        await compareStates(reconfigured(folder, { ...gone, ...config }));
      });
    }

    for (const [numbers, change] of Object.entries(CHANGES).filter(([each]) => tensors.has(`${each}.last_hidden_state`))) {
      test(`${name}: ${numbers}: the last hidden state is the reference's${said(change)}`, async () => {
        const { shape, data } = tensors.get(`${numbers}.last_hidden_state`)!;
        const [count, tokens, width] = shape as [number, number, number];
        const own = tensors.get(`${numbers}.input_ids`)?.data as Int32Array | undefined;
        const of = own === undefined ? reference(folder) : { ids: own, mask: new Int32Array(own.length).fill(1) };
        const wanted = { layers: 0, texts: count, tokens, width, ids: of.ids, mask: of.mask, states: data as Float32Array };
        for (const form of ['fast', 'standard'] as const) {
          await probing({ folder: reconfigured(folder, change), form }, async (probe) => {
            within(form, await differenceAlone(lastOf(probe), wanted));
            if (form === 'standard') within('in a batch', await differenceTogether(lastOf(probe), wanted));
          });
        }
      });
    }

    if (known.left_padding !== undefined) {
      test(`${name}: padding on the left, too, gives the reference's last token`, async () => {
        const { ids, mask, texts: count, tokens, width } = reference(folder);
        const turned = (values: Int32Array) =>
          Int32Array.from(values, (_, i) => values[i - (i % tokens) + (((i % tokens) + real(i)) % tokens)]!);
        const real = (i: number) => mask.subarray(i - (i % tokens), i - (i % tokens) + tokens).reduce((sum, each) => sum + each, 0);
        await probing({ folder, form: 'standard' }, async (probe) => {
          const last = (await probe.run(turned(ids), { tokens, mask: turned(mask) })).at(-1)!;
          for (let text = 0; text < count; text++) {
            const end = (text + 1) * tokens * width;
            within(
              `text ${text}`,
              largest(last.subarray(end - width, end), floats('pooled.last_token').subarray(text * width, (text + 1) * width)),
            );
          }
        });
      });
    }
  }

  test(`${name}: every pooling is the reference's, from the text on`, { skip: isStatic && 'it has no hidden states' }, async (context) => {
    if (isSparse) return context.skip('its poolings are of one padded batch, which decides what is seen: see oracles.spec.ts');
    const encoder = await open(folder, { maxLength: known.max_length ?? undefined, prompt: NO_PROMPT });
    const vectors = pooledVectors({
      poolings: [...new Set(POOLINGS.map(([, pooling]) => pooling))],
      layers: 'last',
      layerMeans: ['0..L', '1..L'],
      depth: encoder.depth,
      published: undefined,
      encoder: name,
    });
    const embedded = await embed({ encoder, texts, specs: vectors.map(({ spec }) => spec), store: store(), threads: 1 });
    for (const [tensor, pooling, layers] of POOLINGS) {
      const { spec } = vectors.find((each) => each.pooling === pooling && each.layers === layers)!;
      within(tensor, largest((await embedded.load(spec)).data, floats(tensor)));
    }
  });

  for (const tensor of [...tensors.keys()].filter((each) => each.startsWith('sentence_transformers.'))) {
    const [, dim] = /\.truncate_dim_(\d+)$/.exec(tensor) ?? [];
    test(`${name}: as-published is ${tensor}`, async () => {
      const theirs = tensors.get(tensor)!;
      const own = await open(folder);
      const choice = choiceOf(tensor, own);
      const encoder = choice === undefined ? own : promptedEncoder(own, choice);
      assert.equal(defaultPooling(encoder), 'as-published');
      const ours = await published(encoder, texts, dim === undefined ? undefined : Number(dim));
      assert.equal(ours.rows * ours.cols, theirs.data.length);
      const wanted = Float32Array.from(theirs.data as Float32Array);
      // A vector truncated on request has length 1 again if full vectors have; one that the authors truncate is left as it is.
      if (dim !== undefined && ours.isUnit) scaleRows(wanted, ours.cols);
      within('it', largest(ours.data, wanted));
      if (dim !== undefined) {
        const cut = withKept(folder, Number(dim));
        within(
          'with a truncate_dim of its makers it',
          largest((await published(await open(cut), texts)).data, theirs.data as Float32Array),
        );
      }
    });
  }

  async function compareStates(at: string): Promise<void> {
    const wanted = reference(folder);
    if (!isSparse) {
      await probing({ folder: at, form: 'fast' }, async (probe) => within('alone', await differenceAlone(probe, wanted)));
    }
    await probing({ folder: at, form: 'standard' }, async (probe) => {
      // What a sparse attention attends to depends on the length of the batch.
      if (!isSparse) within('alone in the standard form', await differenceAlone(probe, wanted));
      within('in a batch', await differenceTogether(probe, wanted));
    });
  }
}

function isCompared(tensor: string): boolean {
  return (
    tensor === 'hidden_states' ||
    POOLINGS.some(([name]) => name === tensor) ||
    Object.keys(CHANGES).some((name) => tensor.startsWith(`${name}.`)) ||
    /^sentence_transformers\.encode(?:_query|_document)?(?:\.prompt\..+|\.truncate_dim_\d+)?$/.test(tensor)
  );
}

/** The reference's call; undefined for none. `encode_query` and `encode_document` take the prompt of that name, if there is one. */
function choiceOf(tensor: string, { prompts }: Encoder): PromptChoice | undefined {
  const [, name] = /\.prompt\.(.+)$/.exec(tensor) ?? [];
  if (name !== undefined) return { kind: 'name', name };
  const [, task] = /encode_(query|document)$/.exec(tensor) ?? [];
  if (task === undefined) return undefined;
  return prompts!.known.some((each) => each.name === task) ? { kind: 'name', name: task } : NO_PROMPT;
}

function open(folder: string, more: { maxLength?: number | undefined; prompt?: PromptChoice | undefined } = {}): Promise<Encoder> {
  return openEncoder({ name: 'it', folder, onnx: undefined, revision: '', ...more });
}

function store(): VectorStore {
  return new VectorStore(temporaryFolder(), assert.fail);
}

async function published(encoder: Encoder, texts: readonly string[], dim?: number) {
  const { published: modules, depth } = encoder;
  assert.ok('steps' in modules, JSON.stringify(modules));
  const [vector] = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published: modules, encoder: 'it' });
  const embedded = await embed({ encoder, texts, specs: [vector!.spec], store: store(), threads: 1 });
  return { ...(await loadVectors(embedded, { ...vector!, dim, encoder: 'it' })), isUnit: isUnit(vector!.spec) };
}

/** The folder with another truncate_dim in its config_sentence_transformers.json. */
function withKept(folder: string, dim: number): string {
  const to = temporaryFolder();
  cpSync(folder, to, { recursive: true, filter: (file) => !path.basename(file).startsWith('expected') });
  const file = path.join(to, 'config_sentence_transformers.json');
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), truncate_dim: dim }));
  return to;
}

function scaleRows(rows: Float32Array, width: number): void {
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < width; i++) row[i]! /= Math.max(length, 1e-12);
  }
}

async function probing(params: BuildParams, use: (probe: Probe) => Promise<void>): Promise<void> {
  const probe = await Probe.open(params);
  try {
    await use(probe);
  } finally {
    await probe.close();
  }
}

/** The probe with only its last hidden state. */
function lastOf(probe: Probe): Probe {
  return {
    built: probe.built,
    run: async (...args: Parameters<Probe['run']>) => [(await probe.run(...args)).at(-1)!],
    close: () => probe.close(),
  } as unknown as Probe;
}

function said(change: object): string {
  const keys = Object.keys(change);
  return keys.length === 0 ? '' : `, by ${keys.join(' and ')}`;
}
