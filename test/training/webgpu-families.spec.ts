import { before, describe, test } from 'node:test';
import { decoderCases, writeDecoder } from '../encoders/families/decoder-cases.ts';
import { ownOracle } from '../oracles.ts';
import { noWebgpu } from '../webgpu.ts';
import { assertAlike, fewSteps } from './device-runs.ts';
import type { FewStepsResult } from './few-steps.ts';

/** Those whose architecture is not BERT's, which webgpu.spec.ts is about. */
const FAMILIES = [
  'albert',
  'bigbird',
  'deberta-v2',
  'deberta-v3',
  'distilbert',
  'electra',
  'gte',
  'jina-v2',
  'jina-v3',
  'longformer',
  'modernbert',
  'mpnet',
  'nomic-bert',
  'roberta',
  't5',
  'umt5',
];
const DECODERS = ['qwen3', 'llama', 'mistral', 'gemma3'];

describe('trainer on webgpu: losses and gradient norms of every family are those on the cpu', { skip: noWebgpu }, () => {
  const [cpu, card] = [new Map<string, FewStepsResult>(), new Map<string, FewStepsResult>()];
  const names = [...FAMILIES, ...DECODERS];

  before(async () => {
    const cases = new Map(decoderCases().cases.map((each) => [each.name, each]));
    const folders = [...FAMILIES.map((name) => ownOracle(name)), ...DECODERS.map((name) => writeDecoder(cases.get(name)!))];
    const runs = folders.map((each) => ({ folder: each, steps: 3 }));
    for (const [i, result] of (await fewSteps('cpu', runs)).entries()) cpu.set(names[i]!, result);
    for (const [i, result] of (await fewSteps('webgpu', runs)).entries()) card.set(names[i]!, result);
  });

  for (const name of names) test(name, () => assertAlike(card.get(name)!, cpu.get(name)!));
});
