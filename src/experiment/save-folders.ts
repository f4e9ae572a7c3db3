import { createHash } from 'node:crypto';
import path from 'node:path';
import type { PromptChoice } from '../encoders/prompts.ts';
import type { ObjectiveName } from '../training/objective.ts';
import { fileName } from './epoch-vectors.ts';
import { eachPrompt, promptWord, type Prompts } from './prompted.ts';

/** Names of one training run. */
export interface RunWords {
  readonly encoder: string;
  readonly dataset: string;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly prompt: PromptChoice | undefined;
}

export interface SaveFoldersParams {
  readonly save: string | undefined;
  readonly encoders: readonly { readonly name: string }[];
  readonly datasets: readonly { readonly name: string }[];
  readonly prompts?: Prompts | undefined;
  readonly choice: {
    readonly objectives: readonly ObjectiveName[];
    readonly ofNumbers?: readonly ObjectiveName[] | undefined;
    readonly ofTags?: readonly ObjectiveName[] | undefined;
    readonly seeds: readonly number[];
  };
}

/**
 * The folder that each of several training runs is saved to: `save` itself for a single one, `seed-N` in it if only the seeds differ, else
 * ENCODER-DATASET-OBJECTIVE-seed-N, with the prompt if there are several. Names are valid and distinct on every file system, and the same
 * on every machine that runs a part of the experiment.
 */
export function saveFolders({ save, encoders, datasets, prompts, choice }: SaveFoldersParams): (run: RunWords) => string | undefined {
  if (save === undefined) return () => undefined;
  const { objectives, ofNumbers = [], ofTags = [], seeds } = choice;
  const asked = eachPrompt(prompts);
  if (encoders.length * datasets.length * objectives.length * asked.length === 1) {
    return ({ seed }) => (seeds.length === 1 ? save : path.join(save, `seed-${seed}`));
  }
  const all = encoders.flatMap((encoder) =>
    datasets.flatMap((dataset) =>
      [...objectives, ...ofNumbers, ...ofTags].flatMap((objective) =>
        asked.flatMap((prompt) =>
          seeds.map((seed): RunWords => ({ encoder: encoder.name, dataset: dataset.name, objective, seed, prompt })),
        ),
      ),
    ),
  );
  const severalPrompts = asked.length > 1;
  const counts = new Map<string, number>();
  for (const run of all) {
    const name = folded(plainName(run, severalPrompts));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return (run) => {
    const name = plainName(run, severalPrompts);
    const isTold = counts.get(folded(name)) === 1 && Buffer.byteLength(name) <= MOST_BYTES;
    return path.join(save, isTold ? name : `${shortened(name)}-${hashOf(run)}`);
  };
}

/** A file name has at most 255, and temporary files next to it have a longer name. */
const MOST_BYTES = 180;
const HASH_LETTERS = 8;

function plainName({ encoder, dataset, objective, seed, prompt }: RunWords, severalPrompts: boolean): string {
  const words = [encoder, dataset, objective, ...(severalPrompts ? [prompt === undefined ? 'usual' : promptWord(prompt) || 'none'] : [])];
  // Neither a hidden folder nor one that looks like a command-line option.
  return `${words.map(fileName).join('-')}-seed-${seed}`.replace(/^[.-]+/, '');
}

/** Folds names that some file systems do not distinguish. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function shortened(name: string): string {
  return Buffer.from(name)
    .subarray(0, MOST_BYTES - 1 - HASH_LETTERS)
    .toString()
    .replace(/\uFFFD+$/, '');
}

function hashOf({ encoder, dataset, objective, seed, prompt }: RunWords): string {
  const words = JSON.stringify([encoder, dataset, objective, seed, prompt === undefined ? null : promptWord(prompt)]);
  return createHash('sha256').update(words).digest('hex').slice(0, HASH_LETTERS);
}
