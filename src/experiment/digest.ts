import { createHash } from 'node:crypto';
import { packageVersion } from '../home.ts';
import type { RunPlan } from '../results/run-record.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { Experiment, Resources } from './resolve/experiment.ts';
import type { Shard } from './shard.ts';
import type { TrainingChoice } from './training-choice.ts';

/**
 * Hash of all that determines which results an experiment has, and their values, except for the content of the user's own files, which may
 * be at another path on another machine: rows have their hashes. Threads and batch sizes have no influence.
 */
export function digestOf(experiment: Experiment): string {
  const { encoders, datasets } = experiment;
  const named = {
    encoders: encoders.map((ref) => encoderIdentity(ref, experiment.prompts !== undefined)),
    datasets: datasets.map(datasetIdentity),
  };
  return createHash('sha256')
    .update(JSON.stringify([packageVersion(), { ...experiment, ...named, ...decisive(experiment) }]))
    .digest('hex')
    .slice(0, 16);
}

/** The plan that an experiment, or a shard of it, belongs to. */
export function planOf(experiment: Experiment, shard: Shard | undefined): RunPlan {
  return {
    digest: digestOf(experiment),
    shard: shard === undefined ? null : `${shard.index}/${shard.of}`,
    encoders: experiment.encoders.map(({ name }) => name),
    datasets: experiment.datasets.map(({ name }) => name),
  };
}

function decisive(experiment: Experiment): object {
  switch (experiment.command) {
    case 'run': {
      const { settings, training } = experiment;
      return {
        settings: withoutResources(settings),
        suite: undefined,
        training: training && { ...training, choice: decisiveChoice(training.choice) },
      };
    }
    case 'rank':
    case 'map':
      return { settings: withoutResources(experiment.settings) };
    case 'finetune':
      return { choice: decisiveChoice(experiment.choice) };
    case 'choose':
      return { choice: decisiveChoice(experiment.choice), screen: withoutResources(experiment.screen) };
    default:
      return experiment satisfies never;
  }
}

function decisiveChoice({
  trainer: { threads: _trainer, ...trainer },
  neighbours: { threads: _search, ...neighbours },
  ...choice
}: TrainingChoice): object {
  return { ...choice, trainer, neighbours };
}

function withoutResources({ threads: _threads, tokenBudget: _budget, ...settings }: Resources): object {
  return settings;
}

/** `prompted`: the prompt may be one that the registry declares. */
function encoderIdentity(ref: EncoderRef, prompted: boolean): unknown {
  switch (ref.kind) {
    case 'entry':
      return [ref.name, ref.entry.variants, ref.entry.maxLength, ...(prompted ? [textsOf(ref.entry.prompts)] : [])];
    case 'hub':
      return [ref.name, ref.source];
    case 'folder':
      return ref.name;
    default:
      return ref satisfies never;
  }
}

/** Where a prompt was published has no influence. */
function textsOf(prompts: Readonly<Record<string, { readonly text: string }>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(prompts).map(([name, { text }]) => [name, text]));
}

function datasetIdentity(ref: DatasetRef): unknown {
  switch (ref.kind) {
    case 'entry': {
      const {
        title: _title,
        aliases: _aliases,
        publishedAs: _published,
        licence: _licence,
        note: _note,
        userFiles: _files,
        ...entry
      } = ref.entry;
      return [ref.name, entry];
    }
    case 'hub':
      return [ref.name, ref.reference];
    case 'file':
      return ref.name;
    default:
      return ref satisfies never;
  }
}
