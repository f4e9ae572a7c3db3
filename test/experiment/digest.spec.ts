import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { digestOf } from '../../src/experiment/digest.ts';
import { checkRequest, fieldOf, REQUESTS, type Command } from '../../src/experiment/read-request.ts';
import { resolveChoose } from '../../src/experiment/resolve/resolve-choose.ts';
import { resolveFinetune } from '../../src/experiment/resolve/resolve-finetune.ts';
import { resolveMap } from '../../src/experiment/resolve/resolve-map.ts';
import { resolveRank } from '../../src/experiment/resolve/resolve-rank.ts';
import { resolveRun } from '../../src/experiment/resolve/resolve-run.ts';
import type { Experiment, Resources } from '../../src/experiment/resolve/experiment.ts';
import { own } from '../../src/own.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import type { Registries } from '../../src/registry/registries.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { COMMANDS, fieldsOf, requestWith } from './requests.ts';

const root = temporaryFolder();
for (const place of ['here', 'there']) {
  mkdirSync(path.join(root, place), { recursive: true });
  writeTinyEncoder(path.join(root, place, 'tiny'), { layers: 1 });
  writeFileSync(path.join(root, place, 'mine.csv'), 'text,label\nx,y\n');
}
process.chdir(path.join(root, 'here'));
const registries: Registries = { models: loadModels(undefined), datasets: loadDatasets(undefined) };

function resolved(
  request: Readonly<Record<string, unknown>>,
  { models, datasets }: Registries = registries,
  resources: Resources = { threads: 1, tokenBudget: 64 },
): Experiment {
  const registered = { models, datasets };
  switch (request['command'] as Command) {
    case 'run':
      return resolveRun(checkRequest(REQUESTS.run, request), registered, resources);
    case 'rank':
      return resolveRank(checkRequest(REQUESTS.rank, request), registered, resources);
    case 'finetune':
      return resolveFinetune(checkRequest(REQUESTS.finetune, request), registered, resources);
    case 'choose':
      return resolveChoose(checkRequest(REQUESTS.choose, request), registered, resources);
    case 'map':
      return resolveMap(checkRequest(REQUESTS.map, request), registered, resources);
    default:
      throw new Error('Another command.');
  }
}

const BASE = { encoders: ['bert-base-cased', './tiny'], datasets: ['trec6', './mine.csv'] };
const EXTRA: Readonly<Record<Command, object>> = {
  run: { pooling: ['mean', 'concat'], finetune: {} },
  rank: { estimator: ['knn', 'leep'], sourceField: 'paper' },
  finetune: { pooling: 'mean' },
  choose: { pooling: 'mean' },
  map: {},
};
const baseOf = (command: Command): Record<string, unknown> => ({ command, ...BASE, ...EXTRA[command] });

/** Settings that do not affect results: where names are looked up, and what only applies to defaults. */
const ELSEWHERE: readonly string[] = ['suite', 'suitesFile', 'modelsFile', 'datasetsFile', 'finetune'];
const OTHERS: Readonly<Record<string, unknown>> = {
  encoders: ['bert-base-cased'],
  datasets: ['trec6'],
  limit: { train: 5 },
  layers: [1],
  freeze: ['embeddings'],
  delimiter: ';',
  vectorsAt: [1],
  objective: ['classic'],
  estimator: ['leep'],
  by: 'leep',
  prompts: ['query'],
  pooling: ['max', 'concat'],
};

function another(field: string, command: Command, schema: z.ZodType): unknown {
  if (field === 'pooling' && command !== 'run') return command === 'rank' ? ['max'] : 'max';
  if (command === 'choose' && (field === 'by' || field === 'objective')) return field === 'by' ? 'logme' : 'classic';
  if (Object.hasOwn(OTHERS, field)) return OTHERS[field];
  const inner = fieldOf(schema);
  const usual = schema instanceof z.ZodDefault ? (schema.parse(undefined) as unknown) : undefined;
  if (inner instanceof z.ZodBoolean) return usual !== true;
  if (inner instanceof z.ZodEnum) return inner.options.find((option) => option !== usual);
  if (inner instanceof z.ZodArray) {
    const of = fieldOf(inner.element as z.ZodType);
    if (of instanceof z.ZodEnum) return [of.options.find((option) => !((usual ?? []) as unknown[]).includes(option) && option !== 'all')];
    return [7];
  }
  if (inner instanceof z.ZodString) return 'other';
  return [0.25, 7].find((number) => inner.safeParse(number).success && number !== usual);
}

/** Objectives without which an option is refused. */
const READ_BY: Readonly<Record<string, string>> = {
  multiLabel: 'classic',
  temperature: 'supcon',
  scale: 'prototypes',
  margin: 'triplet',
  weight: 'cea-multitask',
  secondWeight: 'cea-multitask',
  secondLabelField: 'cea-multitask',
};

for (const command of COMMANDS) {
  test(`digest: of ${command} every field that decides a result`, () => {
    const base = digestOf(resolved(baseOf(command)));
    const seen = new Set([base]);
    let fields = 0;
    for (const { path: at, schema } of fieldsOf(command)) {
      // Rankings use the first label, and need the machine only if an estimator trains.
      if (ELSEWHERE.includes(at.at(-1)!) || at.includes('device') || (command === 'rank' && at.includes('labels'))) continue;
      // Encoders are fine-tuned with full vectors.
      if (command === 'run' && at.includes('dim')) continue;
      const changed = requestWith(command, at, another(at.at(-1)!, command, schema));
      // Some options are read by one objective alone.
      const reader = own(READ_BY, at.at(-1)!);
      const also =
        reader === undefined ? {} : requestWith(command, [...at.slice(0, -1), 'objective'], command === 'choose' ? reader : [reader]);
      const finetune = { ...(also['finetune'] as object | undefined), ...(changed['finetune'] as object | undefined) };
      const request = { ...baseOf(command), ...also, ...changed, ...(at.length > 1 && { finetune }) };
      const digest = digestOf(resolved(request));
      assert.notEqual(digest, digestOf(resolved({ ...baseOf(command), ...also })), at.join('.'));
      seen.add(digest);
      fields++;
      assert.equal(seen.size, fields + 1, at.join('.'));
    }
    assert.ok(fields > 15);
  });

  test(`digest: of ${command} neither threads nor batches, nor where one's own files lie`, () => {
    const base = digestOf(resolved(baseOf(command)));
    assert.equal(digestOf(resolved(baseOf(command), registries, { threads: 7, tokenBudget: 9 })), base);
    assert.equal(
      digestOf(resolved({ ...baseOf(command), encoders: ['bert-base-cased', '../there/tiny'], datasets: ['trec6', '../there/mine.csv'] })),
      base,
    );
    assert.notEqual(digestOf(resolved({ ...baseOf(command), encoders: ['bert-base-cased', 'other=./tiny'] })), base);
  });
}

test('digest: that something is trained decides', () => {
  assert.notEqual(digestOf(resolved({ command: 'run', ...BASE })), digestOf(resolved({ command: 'run', ...BASE, finetune: {} })));
});

test('digest: how much of vectors is kept decides; all of them is what there is without', () => {
  const base = { command: 'run', ...BASE };
  const [whole, full, cut, both] = [undefined, ['full'], [7], [7, 'full']].map((dim) =>
    digestOf(resolved({ ...base, ...(dim && { dim }) })),
  );
  assert.equal(full, whole);
  assert.equal(new Set([whole, cut, both]).size, 3);
});

test('digest: of prompts the text of a registry counts where one is asked for, their order and twins never', () => {
  assert.notEqual(promptedDigest(['query'], knowing('a: ')), promptedDigest(['query'], knowing('b: ')));
  assert.equal(promptedDigest(undefined, knowing('a: ')), promptedDigest(undefined, knowing('b: ')));
  const both = ['a: b', 'query', 'none', 'name:query', 'text:a: b'];
  assert.equal(promptedDigest(['query', 'none', 'a: b']), promptedDigest(both));
  assert.notEqual(promptedDigest(['none']), promptedDigest(undefined));
});

/** Registries in which one encoder has a prompt `query`. */
function knowing(text: string): Registries {
  const entry = registries.models.get('bert-base-cased')!;
  return { ...registries, models: new Map([...registries.models, ['bert-base-cased', { ...entry, prompts: { query: { text } } }]]) };
}

function promptedDigest(prompts: readonly string[] | undefined, known = registries): string {
  return digestOf(resolved({ command: 'run', ...BASE, ...(prompts && { prompts }) }, known));
}

test('digest: a suite counts by what is in it, not by its name', () => {
  const { encoders, datasets } = { encoders: ['all-MiniLM-L12-v2'], datasets: ['trec6'] };
  for (const name of ['one', 'two']) {
    writeFileSync(`${name}.json`, JSON.stringify({ suites: { [name]: { title: name, encoders, datasets } } }));
  }
  const [one, two] = ['one', 'two'].map((suite) => digestOf(resolved({ command: 'run', suite, suitesFile: `${suite}.json` })));
  assert.equal(one, two);
  assert.equal(one, digestOf(resolved({ command: 'run', encoders, datasets })));
});

test('digest: what registries pin counts, what they call things does not', () => {
  const request = { command: 'run', encoders: ['bert-base-cased'], datasets: ['trec6'] };
  const base = digestOf(resolved(request));
  const model = registries.models.get('bert-base-cased')!;
  const dataset = registries.datasets.get('trec6')!;
  const of = (change: Partial<Registries>) => digestOf(resolved(request, { ...registries, ...change }));
  const models = (changed: object) => ({ models: new Map([...registries.models, ['bert-base-cased', { ...model, ...changed }]]) });
  const datasets = (changed: object) => ({ datasets: new Map([...registries.datasets, ['trec6', { ...dataset, ...changed }]]) });
  for (const decisive of [
    models({ maxLength: 9 }),
    models({ variants: model.variants.map((variant) => ({ ...variant, from: 'hf:org/other@1' })) }),
    datasets({ files: dataset.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) }),
    datasets({ labelFields: ['other'] }),
    datasets({ encoding: 'gb18030' }),
  ]) {
    assert.notEqual(of(decisive), base, Object.keys(decisive).join());
  }
  const words = { title: 'Other', aliases: ['other'] };
  for (const idle of [
    models(words),
    models({ hub: 'org/other', layers: 99 }),
    datasets({ ...words, note: 'x', licence: 'x', publishedAs: 'x' }),
  ])
    assert.equal(of(idle), base);
});
