import { HarnessError } from '../errors.ts';
import { ALPHA } from '../statistics/holm.ts';
import { MARGIN } from './claim.ts';
import type { Spread } from './constants.ts';
import { CostForecast } from './cost-forecast.ts';
import { expectations, meansOf } from './expectations.ts';
import { largest, planRound } from './plan-round.ts';
import { scoreOf as scoreIn, type RaceScore } from './score-of.ts';
import type { Candidate, Dropped, Observation, RaceResult, Round, RunTraining, Train, TrainingAsked, TrainingResult } from './types.ts';
import { worseThanBest } from './worse.ts';

export interface RaceParams {
  /** All candidates, also those dropped by the screen, since the model uses their frozen scores. Order only breaks ties. */
  readonly candidates: readonly Candidate[];
  /** Number of training texts. */
  readonly full: number;
  /** Minimum number of training texts: with fewer the objective cannot train. */
  readonly smallest: number;
  /** The first is used for the whole race; the others for candidates still tied on the full training set, and for the winner. */
  readonly seeds: readonly number[];
  /** Budget left for training, in the unit of costs. */
  readonly budget: number;
  /** Predicted cost of a training run before any measurement; `last`: including scoring test. */
  readonly predict: (candidate: string, size: number, last?: boolean) => number;
  /** Safety factor on predicted costs. 1: costs are exact. */
  readonly safety: number;
  /** Score on dev. */
  readonly score: RaceScore;
  readonly train: Train;
  /** Receives the training runs of a round before they start, all but those that the budget does not cover. */
  readonly announce?: ((asked: readonly Omit<TrainingAsked, 'atMost'>[]) => Promise<void>) | undefined;
  readonly spread?: Spread | undefined;
  readonly onRound?: ((round: Round, standing: readonly string[], dropped: ReadonlyMap<string, Dropped>) => void) | undefined;
}

/**
 * A race by training, in the manner of successive halving (Karnin, Koren and Somekh 2013). Candidates are trained on a growing part of the
 * training set, all on the same texts with the same seed. After each round paired tests drop those that are significantly worse than the
 * best; if the budget does not cover a larger sample for all remaining candidates, the lower half is dropped as well. The cost of training
 * the winner on the full set is reserved until all remaining candidates were trained on it; then they are trained again with the next seed,
 * as long as the budget allows. The winner is the candidate with the best expected score (`expectations`), and is trained on the full
 * training set.
 *
 * If the budget does not cover the full training set for the candidate that is expected to be best by more than a claim's margin, the race
 * ends: it wins, and is trained on as many texts as the budget allows. Other candidates that are this expensive are dropped.
 *
 * Nothing here reads a clock or draws random numbers: the same training results give the same race. Throws TRAINING if every candidate
 * fails, and whatever `train` throws.
 */
export async function race(params: RaceParams): Promise<RaceResult> {
  const state = new Race(params);
  await state.race();
  return state.finish();
}

class Race {
  readonly #params: RaceParams;
  readonly #forecast: CostForecast;
  readonly #observations: Observation[] = [];
  readonly #rounds: Round[] = [];
  readonly #trainings: RunTraining[] = [];
  readonly #dropped = new Map<string, Dropped>();
  /** The candidate expected to be best although the budget does not cover training it on the full set. */
  #beyond: { readonly name: string; readonly size: number } | undefined;
  #standing: string[];
  #left: number;

  constructor(params: RaceParams) {
    const { candidates, budget, predict } = params;
    this.#params = params;
    this.#forecast = new CostForecast(predict);
    this.#left = budget;
    for (const { name, screened } of candidates) if (screened !== undefined) this.#dropped.set(name, screened);
    this.#standing = this.#inOrder(candidates.filter(({ screened }) => screened === undefined).map(({ name }) => name));
  }

  async race(): Promise<void> {
    const { full, smallest, seeds, safety } = this.#params;
    for (;;) {
      this.#dropCostly();
      if (this.#beyond !== undefined || this.#standing.length < 2) return;
      const plan = planRound({
        standing: this.#standing,
        done: this.#done(),
        seedsDone: this.#standing.map((name) => this.#sizeOf(name, full).length),
        full,
        smallest,
        seeds,
        left: this.#left,
        certain: safety === 1,
        costOf: (name, size) => safety * this.#forecast.of(name, size),
      });
      if (plan.kind === 'stop') return;
      if (plan.kind === 'drop') {
        this.#drop(this.#standing.slice(plan.keep), { why: 'time', round: this.#rounds.length, best: this.#standing[0] });
        continue;
      }
      await this.#round(plan);
    }
  }

  /** Trains the winner on the full training set, with as many seeds as the budget allows. */
  async finish(): Promise<RaceResult> {
    const { full, seeds, safety, score } = this.#params;
    const winner = await this.#final();
    const size = this.#finalSize(winner);
    for (const seed of size < full ? [] : seeds.slice(1)) {
      if (this.#has(winner, full, seed)) continue;
      const cost = safety * this.#forecast.of(winner, full);
      if (cost > this.#left) break;
      const { kind } = await this.#finalTraining(winner, seed, this.#left);
      if (kind !== 'trained') break;
    }
    const finals = this.#sizeOf(winner, size);
    const scoreOf = ({ outcomes }: Observation): number => scoreIn(outcomes, score);
    return {
      winner,
      finals,
      size,
      seed: finals.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a)).seed,
      rounds: this.#rounds,
      observations: this.#observations,
      trainings: this.#trainings,
      dropped: this.#dropped,
      tied: this.#standing.filter((name) => name !== winner),
      spent: this.#params.budget - this.#left,
    };
  }

  /** The remaining candidate with the best expected score; if it fails, the next. */
  async #final(): Promise<string> {
    const { seeds } = this.#params;
    for (;;) {
      // If all remaining candidates failed, take those dropped for other reasons.
      const pool = this.#standing.length > 0 ? this.#standing : this.#trained().filter((name) => this.#dropped.get(name)?.why !== 'failed');
      const [winner] = this.#inOrder(pool);
      if (winner === undefined) throw this.#allFailed();
      this.#dropped.delete(winner);
      if (this.#sizeOf(winner, this.#finalSize(winner)).length > 0) return winner;
      const result = await this.#finalTraining(winner, seeds[0]!, Infinity);
      if (result.kind === 'trained') return winner;
    }
  }

  async #finalTraining(candidate: string, seed: number, atMost: number): Promise<TrainingResult> {
    const size = this.#finalSize(candidate);
    const before = this.#left;
    const result = await this.#train(candidate, { size, seed, atMost, last: true });
    this.#endRound({ size, seed, candidates: [candidate], cost: before - this.#left, unfinished: result.kind === 'late' });
    // If one seed of the winner fails, an earlier training run of it remains.
    if (result.kind === 'failed' && this.#sizeOf(candidate, size).length === 0) this.#dropFailed(candidate, result.reason);
    return result;
  }

  /** Number of training texts of a winner's last run. */
  #finalSize(candidate: string): number {
    return this.#beyond?.name === candidate ? this.#beyond.size : this.#params.full;
  }

  /** Trains all remaining candidates, best first, on samples of one size. */
  async #round({ size, seed }: { readonly size: number; readonly seed: number }): Promise<void> {
    const { full, safety } = this.#params;
    const before = this.#left;
    const trained: string[] = [];
    let unfinished = false;
    const round = this.#rounds.length + 1;
    const missing = this.#standing.filter((name) => !this.#has(name, size, seed));
    await this.#params.announce?.(missing.map((candidate) => ({ candidate, size, seed })));
    for (const name of this.#standing) {
      if (this.#has(name, size, seed)) continue;
      // On the full set nothing is reserved: one of them has already been trained on it.
      const kept = size === full ? 0 : this.#reserve();
      if (trained.length > 0 && this.#left - safety * this.#forecast.of(name, size) < kept) {
        unfinished = true;
        break;
      }
      const atMost = Math.max(this.#left - kept, 0);
      const result = await this.#train(name, { size, seed, atMost });
      trained.push(name);
      if (result.kind === 'failed') this.#dropFailed(name, result.reason, round);
      if (result.kind === 'late') this.#drop([name], { why: 'time', round });
    }
    this.#endRound({ size, seed, candidates: trained, cost: before - this.#left, unfinished });
    const unreached = this.#standing.filter((name) => !this.#has(name, size, seed));
    const compared = this.#standing.filter((name) => this.#has(name, size, seed));
    this.#dropWorse(compared, size);
    // A further seed is optional: what was not reached stays as it was.
    if (compared.length > 0 && this.#sizeOf(compared[0]!, size).length === 1) {
      this.#drop(unreached, { why: 'time', round, best: this.#inOrder(compared)[0] });
    }
    this.#standing = this.#inOrder(this.#standing);
    this.#params.onRound?.(this.#rounds.at(-1)!, this.#standing, this.#dropped);
  }

  async #train(candidate: string, asked: Omit<TrainingAsked, 'candidate'>): Promise<TrainingResult> {
    const result = await this.#params.train({ candidate, ...asked });
    this.#left -= result.cost;
    const { size, seed } = asked;
    const outcomes = result.kind === 'trained' ? result.outcomes : undefined;
    this.#trainings.push({ round: this.#rounds.length + 1, candidate, size, seed, cost: result.cost, outcomes });
    if (result.kind !== 'trained') return result;
    const { measured, fixed } = result;
    this.#observations.push({ candidate, size, seed, outcomes: result.outcomes });
    if (measured !== undefined) this.#forecast.measured(candidate, { size, cost: measured, fixed });
    return result;
  }

  #endRound(round: Omit<Round, 'round'>): void {
    this.#rounds.push({ round: this.#rounds.length + 1, ...round });
  }

  #dropWorse(names: readonly string[], size: number): void {
    if (names.length < 2) return;
    const { full, score, spread } = this.#params;
    const observations = this.#observations.filter((each) => each.size === size && names.includes(each.candidate));
    const { best, ps } = worseThanBest({ observations, full, score, spread });
    const round = this.#rounds.length;
    // The significance level is split over the rounds, however many there will be (1/2, 1/4, … of it).
    const alpha = ALPHA / 2 ** round;
    for (const name of names) if (ps.get(name)! < alpha) this.#drop([name], { why: 'worse', round, best, p: ps.get(name) });
  }

  /**
   * Drops the candidates that the budget cannot train on the full set, unless it can train none. If such a candidate is the best remaining
   * one by more than a claim's margin, the race ends with it: it is trained on the full set if that is expected to fit, though without the
   * safety margin, or else on a larger sample than before.
   */
  #dropCostly(): void {
    const { full, safety } = this.#params;
    const costly = this.#standing.filter(
      (name) => this.#sizeOf(name, full).length === 0 && safety * this.#forecast.of(name, full) > this.#left,
    );
    const [best] = this.#standing;
    const size = best !== undefined && costly.includes(best) && this.#leads(best, costly) ? this.#lastSize(best) : undefined;
    const round = this.#rounds.length;
    if (size !== undefined) {
      this.#beyond = { name: best!, size };
      this.#drop(this.#standing.slice(1), { why: 'time', round, best });
    } else if (costly.length < this.#standing.length) this.#drop(costly, { why: 'time', round });
  }

  /** Whether a candidate is expected to be better, by more than the margin, than all that the budget can train. */
  #leads(best: string, costly: readonly string[]): boolean {
    const means = this.#means();
    return this.#standing.every((name) => costly.includes(name) || means.get(best)! - means.get(name)! > MARGIN);
  }

  /** Largest training sample that the remaining budget allows for a last run; undefined if too small, or no larger than before. */
  #lastSize(name: string): number | undefined {
    const { full, smallest, safety } = this.#params;
    if (this.#forecast.of(name, full) <= this.#left) return full;
    const trained = Math.max(0, ...this.#observations.filter(({ candidate }) => candidate === name).map(({ size }) => size));
    const fits = (size: number): boolean => safety * this.#forecast.of(name, size, true) <= this.#left;
    return largest({ from: Math.max(smallest, trained + 1), to: full - 1, fits });
  }

  #dropFailed(name: string, reason: string, round = this.#rounds.length): void {
    this.#drop([name], { why: 'failed', round, reason });
  }

  #drop(names: readonly string[], dropped: Dropped): void {
    for (const name of names) this.#dropped.set(name, dropped);
    this.#standing = this.#standing.filter((name) => !names.includes(name));
  }

  /** Cost of training the most expensive remaining candidate on the full set: any of them may win. */
  #reserve(): number {
    const { full, safety } = this.#params;
    return Math.max(...this.#standing.map((name) => safety * this.#forecast.of(name, full)));
  }

  /** Largest sample size that all remaining candidates were trained on. */
  #done(): number {
    const sizes = this.#standing.map((name) =>
      Math.max(0, ...this.#observations.filter(({ candidate }) => candidate === name).map(({ size }) => size)),
    );
    return Math.min(...sizes);
  }

  #sizeOf(name: string, of: number): Observation[] {
    return this.#observations.filter(({ candidate, size }) => candidate === name && size === of);
  }

  #has(name: string, size: number, seed: number): boolean {
    return this.#sizeOf(name, size).some((each) => each.seed === seed);
  }

  #trained(): string[] {
    return [...new Set(this.#observations.map(({ candidate }) => candidate))];
  }

  /** Best expected score first; ties in the order of the candidates. */
  #inOrder(names: readonly string[]): string[] {
    const means = this.#means();
    const place = new Map(this.#params.candidates.map(({ name }, at) => [name, at]));
    return names.toSorted((a, b) => means.get(b)! - means.get(a)! || place.get(a)! - place.get(b)!);
  }

  /** Expected score of each candidate, trained on the full set. */
  #means(): ReadonlyMap<string, number> {
    const { candidates, full, score, spread } = this.#params;
    const means = meansOf(expectations({ candidates, observations: this.#observations, full, score, spread }));
    return new Map(candidates.map(({ name }, at) => [name, means[at]!]));
  }

  #allFailed(): HarnessError {
    const reasons = [...this.#dropped].flatMap(([name, { reason }]) => (reason === undefined ? [] : [`${name}: ${reason}`]));
    return new HarnessError('TRAINING', { what: `Every candidate failed. ${reasons.join(' | ')}` });
  }
}
