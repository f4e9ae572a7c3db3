import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Choice, ChoiceScore } from '../choosing/choice.ts';
import { claimOf } from '../choosing/claim.ts';
import { race } from '../choosing/race.ts';
import type { Candidate, RaceResult } from '../choosing/types.ts';
import { HarnessError, option } from '../errors.ts';
import type { Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import { scoreOf, type RaceOutcomes, type RaceScore } from '../choosing/score-of.ts';
import { bootstrapIntervals } from '../statistics/bootstrap.ts';
import { countInterval } from '../statistics/count-interval.ts';
import { ofClasses } from '../statistics/outcomes.ts';
import { regressionIntervals } from '../statistics/regression-bootstrap.ts';
import type { TagScore } from '../tags/tag-outcomes.ts';
import { racedOutcomes, tagScoreOf } from './raced-outcomes.ts';
import { amountWords } from './amount-words.ts';
import { choiceOf, type BrokenEncoder } from './choice-of.ts';
import { ChoiceJournal } from './choice-journal.ts';
import { digestOf } from './digest.ts';
import { THIS_PROCESS } from './executor.ts';
import type { ExperimentHost } from './experiment-host.ts';
import type { OpenedInputs } from './host.ts';
import { scoredResults, type JobResult } from './job.ts';
import { measureText } from './measure-text.ts';
import { partJob, passesOf, RaceTrainings, smallestPart, splitSizes, type RaceHost, type Racer } from './race-trainings.ts';
import type { ChooseExperiment } from './resolve/experiment.ts';
import { budgetFor, screenCandidates, SCREEN_SHARE, type ScreenedCandidate } from './screen-candidates.ts';
import { releaseWeights } from './train-job.ts';

/** Ratio of actual to predicted cost that is planned for: machines have other work, too. */
const TIME_SAFETY = 1.2;

export interface ChooseOnParams {
  readonly experiment: ChooseExperiment;
  readonly racers: readonly Racer[];
  /** Encoders that could not be opened. */
  readonly broken: readonly BrokenEncoder[];
  /** This dataset's part of the budget. */
  readonly amount: number;
  readonly save: string | undefined;
  /** Whether training texts are saved in that folder. Default: true. */
  readonly texts?: boolean | undefined;
  readonly inputs: OpenedInputs;
  readonly host: ExperimentHost;
}

export interface ChosenOn {
  readonly choice: Choice;
  /** Rows of the winner. */
  readonly rows: readonly Row[];
}

/**
 * Chooses an encoder for one dataset. Throws OPTION if the budget does not suffice for one training run, and whatever ends the whole
 * choice.
 */
export async function chooseOn(params: ChooseOnParams): Promise<ChosenOn> {
  const { experiment, racers, amount, save, inputs, host } = params;
  const {
    budget: { unit },
  } = experiment;
  const { workspace, resources, progress, warn, signal, keeper } = host;
  const journal = await ChoiceJournal.open({ folder: workspace.jobFolder, id: journalId(params), overwrite: keeper.overwrite, warn });
  try {
    const forJobs = { inputs, workspace, ...resources, progress, warn };
    const executor = host.executor ?? THIS_PROCESS;
    // Weights trained by remote workers stay there.
    const keep = save !== undefined && host.executor === undefined;
    const raceHost: RaceHost = { forJobs, executor, signal, unit, journal, keep, overwrite: keeper.overwrite };
    const key = racers[0]!.cell.dataset.key;
    if (!journal.isEmpty) progress.log(`${key}: resuming from the steps that an earlier run saved.`);
    if (unit === 'passes') checkEnough(params, new Map(racers.map((racer) => [racer.name, passesOf(racer, trainOf(racer))])), 0);
    const screened = await screen(params, raceHost);
    const predict = await predictions(params, screened.candidates, raceHost);
    const trainings = new RaceTrainings(racers, raceHost, screened.marked);
    checkEnough(params, new Map(racers.map((racer) => [racer.name, safetyOf(unit) * predict(racer.name, trainOf(racer))])), screened.cost);

    const candidates = racers.map(({ name }): Candidate => {
      const own = screened.candidates.find((each) => each.name === name);
      return { name, frozen: own?.frozen, screened: own?.dropped };
    });
    const said = choiceScore(racers[0]!);
    const items = racers[0]!.cell.dataset.task === 'token-classification' ? 'sentences' : 'texts';
    const asked = { candidates, full: trainOf(racers[0]!), score: raceScore(racers[0]!) };
    const found = await race({
      ...asked,
      smallest: Math.max(...racers.map(smallestPart)),
      seeds: experiment.choice.seeds,
      budget: amount - screened.cost,
      predict,
      safety: safetyOf(unit),
      train: trainings.train,
      announce: trainings.announce,
      onRound: ({ round, size, seed }, standing) => {
        const seeds = seed === experiment.choice.seeds[0] ? '' : `, seed ${seed}`;
        progress.log(
          `${key}: round ${round}, ${size} of ${asked.full} ${items}${seeds}: ${standing.length} left (${standing.join(', ')}).`,
        );
      },
    });
    // A candidate that cannot be trained cannot be better.
    const able = candidates.filter(({ name }) => found.dropped.get(name)?.why !== 'failed');
    const claim = claimOf({
      ...asked,
      candidates: able,
      observations: found.observations.filter(({ candidate }) => able.some(({ name }) => name === candidate)),
      winner: found.winner,
    });
    const { rows, test } = await takeWinner(params, found, raceHost);
    const ofScreen = { screened: screened.candidates, screenCost: screened.cost };
    return { choice: choiceOf({ ...params, ...ofScreen, found, score: said, raced: asked.score, test, claim, saved: save }), rows };
  } finally {
    await journal.close();
  }
}

/** Identity of a choice, including the content hashes of its inputs: a different one starts over. */
function journalId({ experiment, racers, amount }: ChooseOnParams): string {
  const jobs = racers.map(({ job }) => job.id);
  return createHash('sha256')
    .update(JSON.stringify([digestOf(experiment), jobs, experiment.budget.unit === 'passes' ? amount : experiment.budget.amount]))
    .digest('hex')
    .slice(0, 16);
}

interface ScreenResult {
  readonly candidates: readonly ScreenedCandidate[];
  readonly cost: number;
  /** When it ended, in milliseconds of the choice. */
  readonly marked: number;
}

/** A single candidate needs no screen. */
async function screen({ experiment, racers, amount }: ChooseOnParams, host: RaceHost): Promise<ScreenResult> {
  const { journal, unit } = host;
  if (racers.length === 1) return { candidates: [], cost: 0, marked: 0 };
  const kept = journal.step('screen') as ScreenResult | undefined;
  if (kept !== undefined) return kept;
  const candidates = await screenCandidates({ experiment, racers, host, amount });
  const marked = journal.spentMs;
  const cost = unit === 'ms' ? marked : candidates.reduce((sum, { passes }) => sum + passes, 0);
  const found = { candidates, cost, marked };
  await journal.add('screen', found);
  return found;
}

/** Predicted cost of a training run, before any was measured. */
async function predictions(
  { experiment, racers }: ChooseOnParams,
  screened: readonly ScreenedCandidate[],
  host: RaceHost,
): Promise<(name: string, size: number, last?: boolean) => number> {
  const byName = new Map(racers.map((racer) => [racer.name, racer]));
  if (experiment.budget.unit === 'passes') return (name, size, last) => passesOf(byName.get(name)!, size, last);
  const { journal, signal } = host;
  const measured = journal.step('texts') as Readonly<Record<string, number>> | undefined;
  const textMs: Record<string, number> = { ...measured };
  for (const racer of measured === undefined ? racers : []) {
    const own = screened.find(({ name }) => name === racer.name);
    textMs[racer.name] = own?.textMs ?? (own?.dropped === undefined ? await measureText(racer.cell, { ...host.forJobs, signal }) : 0);
  }
  if (measured === undefined) await journal.add('texts', textMs);
  return (name, size, last) => passesOf(byName.get(name)!, size, last) * textMs[name]!;
}

/** Throws OPTION if the remaining budget does not suffice to train any candidate on the full training set. */
function checkEnough({ experiment, racers, amount }: ChooseOnParams, costs: ReadonlyMap<string, number>, spent: number): void {
  const [name, least] = [...costs].reduce((a, b) => (b[1] < a[1] ? b : a));
  if (least <= amount - spent) return;
  const { unit } = experiment.budget;
  const enough = Math.max(least + spent, unit === 'ms' ? least / (1 - SCREEN_SHARE) : budgetFor(least, experiment, racers.length));
  const before = spent === 0 ? '' : `, and the screen took ${amountWords(unit, spent)}`;
  throw new HarnessError('OPTION', {
    where: option(unit === 'ms' ? 'budget' : 'budgetTexts'),
    what:
      `${amountWords(unit, amount)} are too few for ${racers[0]!.cell.dataset.key}: fine-tuning ${name} alone takes ` +
      `${unit === 'ms' ? 'about ' : ''}${amountWords(unit, least)}${before}.`,
    hint: `Give ${amountWords(unit, enough)} or more.`,
  });
}

function safetyOf(unit: RaceHost['unit']): number {
  return unit === 'ms' ? TIME_SAFETY : 1;
}

function trainOf({ cell }: Racer): number {
  return splitSizes(cell.dataset).train;
}

/** Score that the race compares: for tagged words counts per sentence, whatever they count. */
function raceScore(racer: Racer): RaceScore {
  return racer.cell.dataset.task === 'token-classification' ? 'f1' : (choiceScore(racer) as Exclude<ChoiceScore, TagScore>);
}

function choiceScore({ cell }: Racer): ChoiceScore {
  if (cell.dataset.task === 'regression') return 'spearman';
  if (cell.dataset.task === 'token-classification') return tagScoreOf(cell.dataset);
  return cell.choice.settings.bestEpochBy === 'macro' ? 'macroF1' : 'microF1';
}

/** Stores the winner's rows, saves the model, and reads its test scores. */
async function takeWinner(
  { racers, save, texts, host: { keeper } }: ChooseOnParams,
  { winner, seed, size }: RaceResult,
  host: RaceHost,
): Promise<{ readonly rows: readonly Row[]; readonly test: Choice['test'] }> {
  const racer = racers.find(({ name }) => name === winner)!;
  const job = partJob(racer, { size, seed, last: true });
  // `checkSave` has made sure that nothing else is lost with it.
  if (save !== undefined && keeper.overwrite) await rm(save, { recursive: true, force: true });
  // The training is finished: its results are read and its weights written.
  const result: JobResult = await host.executor.run(job, {
    ...host.forJobs,
    signal: host.signal,
    files: { out: undefined, save, texts, overwrite: false },
  });
  const cells = scoredResults(result);
  await keeper.addCurve(result.curve);
  await keeper.add(cells);
  for (const each of racers) for (const { cell } of each.full.values()) await releaseWeights(cell);
  return { rows: result.cells.map(({ row }) => row), test: testScore(cells, racer) };
}

function testScore(cells: readonly ScoredCell[], racer: Racer): Choice['test'] {
  const test = cells.find(({ row }) => row.objective !== '' && row.split === 'test');
  if (test === undefined) throw new HarnessError('INTERNAL', { what: 'A final fine-tuning run has no test scores.' });
  const { outcomes } = test;
  const compared = racedOutcomes(outcomes);
  const { low, high } = intervalOf(compared, racer);
  return { score: scoreOf(compared, raceScore(racer)), low, high, n: compared.truth.length };
}

function intervalOf(outcomes: RaceOutcomes, { cell: { choice } }: Racer): { readonly low: number; readonly high: number } {
  if (outcomes.kind === 'counts') return countInterval(outcomes);
  if (outcomes.kind === 'numbers') return regressionIntervals(outcomes).spearman;
  return bootstrapIntervals(ofClasses(outcomes))[choice.settings.bestEpochBy === 'macro' ? 'macroF1' : 'microF1'];
}
