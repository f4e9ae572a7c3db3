import path from 'node:path';
import type { Choice } from '../choosing/choice.ts';
import type { DataCheck } from '../datasets/check.ts';
import { promptColumn, NO_PROMPT } from '../encoders/prompts.ts';
import { HarnessError, option, reason } from '../errors.ts';
import { rankedName } from '../estimators/ranked.ts';
import type { Failure, Row } from '../results/row.ts';
import type { RunPlan } from '../results/run-record.ts';
import { failuresOf } from './choice-of.ts';
import { chooseOn } from './choose-on.ts';
import { planOf } from './digest.ts';
import { fileName } from './epoch-vectors.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { isOfCandidate } from './is-of-candidate.ts';
import { planTraining, type PlannedTraining } from './plan-training.ts';
import type { Racer } from './race-trainings.ts';
import type { EncoderRef } from './refs.ts';
import type { ChooseExperiment } from './resolve/experiment.ts';
import { checkSave } from './train-job.ts';

/** Result of a choice. */
export interface ChooseResults {
  /** One for each dataset processed. */
  readonly choices: readonly Choice[];
  /** Rows of the winners, frozen and trained on the full training set. */
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  readonly checks: readonly DataCheck[];
  readonly plan: RunPlan;
  readonly interrupted: boolean;
}

/**
 * Chooses one of several encoders for each dataset within a budget: screens the frozen encoders, races the rest by fine-tuning, and trains
 * the winner on the full training set. Throws whatever ends the whole choice; failures of single encoders are listed in the result. `save`:
 * folder for the winner; with several datasets, one subfolder per dataset.
 */
export async function chooseExperiment(
  experiment: ChooseExperiment,
  host: ExperimentHost,
  { save, texts }: { readonly save?: string | undefined; readonly texts?: boolean | undefined } = {},
): Promise<ChooseResults> {
  const { datasets, budget } = experiment;
  const { keeper, shard, signal } = host;
  if (shard !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('shard'),
      what: 'The choice compares all encoders on one machine.',
      hint: 'Omit it.',
    });
  }
  const inputs = new OpenedInputs(host.workspace);
  const { usable, broken } = await openable(experiment, inputs);
  const asked = { ...experiment, encoders: usable, inputs, save: undefined, includes: () => true, checked: [] };
  const planned = await planTraining(asked, host);
  const plan = planOf(experiment, shard);
  host.onPlanned(plan.digest);
  await keeper.check(planned.runs.flatMap(({ expected }) => expected));
  const places = datasets.map(({ name }) => (save === undefined || datasets.length === 1 ? save : path.join(save, fileName(name))));
  for (const [at, { name }] of datasets.entries()) {
    const own = planned.runs.filter(({ job }) => job.dataset.name === name);
    await checkPlace(own, { save: places[at], texts, overwrite: keeper.overwrite });
  }

  const choices: Choice[] = [];
  const rows: Row[] = [];
  const failures: Failure[] = [...planned.failures];
  let spent = 0;
  try {
    for (const [at, { name }] of datasets.entries()) {
      const runs = planned.runs.filter(({ job }) => job.dataset.name === name);
      // Budget that a dataset does not use is left to the following ones.
      const amount = (budget.amount - spent) / (datasets.length - at);
      const found = await chooseOn({
        experiment,
        racers: racersOf(runs),
        broken: broken.map(({ ref, error }) => ({ encoder: ref.name, reason: error })),
        amount: budget.unit === 'passes' ? Math.floor(amount) : amount,
        save: places[at],
        texts,
        inputs,
        host,
      });
      spent += found.choice.budget.spent;
      choices.push(found.choice);
      rows.push(...found.rows);
      failures.push(...failuresOf(found.choice));
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  }
  if (signal?.aborted !== true) await keeper.pruneCurves();
  return { choices, rows, failures, checks: planned.checks, plan, interrupted: signal?.aborted === true };
}

/** Errors of the request, not of an encoder's files. */
const OF_REQUEST: ReadonlySet<string> = new Set(['OPTION', 'UNKNOWN_NAME', 'REGISTRY']);

interface Broken {
  readonly ref: EncoderRef;
  readonly error: string;
}

/** Encoders that can be opened. One of several that cannot is dropped; an invalid name, or a failure of all, ends the choice. */
async function openable(
  { encoders, opening, prompts }: ChooseExperiment,
  inputs: OpenedInputs,
): Promise<{ readonly usable: readonly EncoderRef[]; readonly broken: readonly Broken[] }> {
  const usable: EncoderRef[] = [];
  const broken: Broken[] = [];
  let first: HarnessError | undefined;
  for (const ref of encoders) {
    try {
      await inputs.trained(ref, prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT });
      usable.push(ref);
    } catch (error) {
      if (!(error instanceof HarnessError) || !isOfCandidate(error) || OF_REQUEST.has(error.code)) throw error;
      first ??= error;
      broken.push({ ref, error: reason(error) });
    }
  }
  if (usable.length === 0 && first !== undefined) throw first;
  return { usable, broken };
}

/** Throws OUTPUT if the winner, whichever it will be, could not be saved: before hours of training, not after. */
async function checkPlace(
  runs: readonly PlannedTraining[],
  { save, texts, overwrite }: { readonly save: string | undefined; readonly texts: boolean | undefined; readonly overwrite: boolean },
): Promise<void> {
  let first: HarnessError | undefined;
  for (const { cell } of save === undefined ? [] : runs) {
    try {
      // A model that the same choice saved there earlier is the winner's.
      return await checkSave({ ...cell, save, texts, overwrite });
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
}

/** Planned training runs by candidate, each with the seeds in order. */
function racersOf(runs: readonly PlannedTraining[]): Racer[] {
  const racers = new Map<string, { readonly first: PlannedTraining; readonly full: Map<number, PlannedTraining> }>();
  for (const run of runs) {
    const { encoder } = run.cell.target;
    const name = rankedName({ encoder: encoder.name, prompt: promptColumn(encoder.prompt) });
    const racer = racers.get(name) ?? { first: run, full: new Map<number, PlannedTraining>() };
    racer.full.set(run.cell.seed, run);
    racers.set(name, racer);
  }
  return [...racers].map(
    ([
      name,
      {
        first: { cell, job },
        full,
      },
    ]) => {
      const { encoder } = cell.target;
      return { name, encoder: encoder.name, prompt: promptColumn(encoder.prompt), cell, job, full };
    },
  );
}
