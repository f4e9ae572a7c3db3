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
  /** All, those too that the screen has dropped: the model knows them. The order decides nothing but which of equals is the first. */
  readonly candidates: readonly Candidate[];
  /** Texts of train. */
  readonly full: number;
  /** Least texts of a training: of fewer the objective cannot learn. */
  readonly smallest: number;
  /** The first trains all of the race; the others are for those that are still tied on all of train, and for the winner. */
  readonly seeds: readonly number[];
  /** What is left for trainings, in the unit of costs. */
  readonly budget: number;
  /** What a training is expected to cost, before any was measured; of the last one, with a look at test. */
  readonly predict: (candidate: string, size: number, last?: boolean) => number;
  /** Costs may be so many times what was expected. 1: they are known. */
  readonly safety: number;
  /** What dev is scored by. */
  readonly score: RaceScore;
  readonly train: Train;
  /** Takes what a round will ask `train` for, before it does: all of it but what the budget does not last for. */
  readonly announce?: ((asked: readonly Omit<TrainingAsked, 'atMost'>[]) => Promise<void>) | undefined;
  readonly spread?: Spread | undefined;
  readonly onRound?: ((round: Round, standing: readonly string[], dropped: ReadonlyMap<string, Dropped>) => void) | undefined;
}

/**
 * A race by training. Candidates are trained on a growing part of train, all on the same texts with the same seed. After each round paired
 * tests drop those that are worse than the best; where the budget does not last for a larger part of all that are left, so is the lower
 * half (successive halving, Karnin, Koren and Somekh 2013). What a training of the winner on all of train costs is kept back, until all
 * that are left were trained on all of it; then they are trained again with the next seed, as long as the budget lasts. The winner is the
 * one that is expected to score best (`expectations`), and is trained on all of train.
 *
 * Where the budget does not last for all of train of the one that is expected to be the best, by more than the margin of a claim, nothing
 * is raced any more: it is the winner, and is trained on as many texts as the budget lasts for. Others that are so dear are dropped.
 *
 * Nothing here reads a clock or draws a number: with the same results of trainings it is the same race. Throws TRAINING where every
 * candidate fails, and what `train` throws.
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
  /** The one whose training on all of train the budget does not last for, though it is expected to be the best. */
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

  /** Trains the winner on all of train, with as many seeds as the budget lasts for. */
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

  /** Of those that are left the one that is expected to be the best; where it fails, the next. */
  async #final(): Promise<string> {
    const { seeds } = this.#params;
    for (;;) {
      // Where all that were left have failed, those that were dropped for something else.
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
    // The winner has one training already where another seed of it fails.
    if (result.kind === 'failed' && this.#sizeOf(candidate, size).length === 0) this.#dropFailed(candidate, result.reason);
    return result;
  }

  /** Texts of train of a winner's last training. */
  #finalSize(candidate: string): number {
    return this.#beyond?.name === candidate ? this.#beyond.size : this.#params.full;
  }

  /** All that are left, best first, on as many texts. */
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
      // Of those that are trained on all of it already none is trained again for the user's sake.
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
    // A further seed is no condition: what was not reached stays as it was.
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
    // The rounds share it, however many they come to be (1/2, 1/4, … of it).
    const alpha = ALPHA / 2 ** round;
    for (const name of names) if (ps.get(name)! < alpha) this.#drop([name], { why: 'worse', round, best, p: ps.get(name) });
  }

  /**
   * Drops those whose training on all of train the budget does not last for, unless it does for none. Where it is the best that is left, by
   * more than a claim's margin, it is the end of the race: it is trained on all of train where that is expected to fit, though not safely,
   * or on a larger part than it has seen.
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

  /** Whether one is expected to be better than all for which the budget lasts, by more than the margin. */
  #leads(best: string, costly: readonly string[]): boolean {
    const means = this.#means();
    return this.#standing.every((name) => costly.includes(name) || means.get(best)! - means.get(name)! > MARGIN);
  }

  /**
   * As many texts of train as what is left lasts for, in a last training; undefined where they would be too few, or no more than before.
   */
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

  /** What the dearest of those that are left costs on all of train: any of them may be the winner. */
  #reserve(): number {
    const { full, safety } = this.#params;
    return Math.max(...this.#standing.map((name) => safety * this.#forecast.of(name, full)));
  }

  /** The most texts that all that are left were trained on. */
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

  /** Those that are expected to score best first; of equals the first of the candidates. */
  #inOrder(names: readonly string[]): string[] {
    const means = this.#means();
    const place = new Map(this.#params.candidates.map(({ name }, at) => [name, at]));
    return names.toSorted((a, b) => means.get(b)! - means.get(a)! || place.get(a)! - place.get(b)!);
  }

  /** What each is expected to score, trained on all of train. */
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
