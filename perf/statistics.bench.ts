import assert from 'node:assert/strict';
import { bootstrapIntervals } from '../src/statistics/bootstrap.ts';
import { mcnemarExact } from '../src/statistics/mcnemar.ts';
import { scoresOf, type ClassOutcomes } from '../src/statistics/outcomes.ts';
import { pairedBootstrap } from '../src/statistics/paired-bootstrap.ts';
import { TALLIED } from '../src/statistics/tally.ts';
import { randomInts } from '../src/numeric/random.ts';

const TEXTS = 6000;
const CLASSES = 50;
const RUNS = 20;
/** Resamples for the comparison with the simple version. */
const CHECKED = 20;

/** Cost of intervals and paired tests; arguments: numbers of texts (default 6000). */
export async function bench(words: readonly string[]): Promise<void> {
  const sizes = words.map(Number).filter((texts) => texts > 0);
  for (const texts of sizes.length === 0 ? [TEXTS] : sizes) measure(texts);
}

function measure(texts: number): void {
  const draw = randomInts(1);
  const truth = Int32Array.from({ length: texts }, () => draw(0, CLASSES - 1));
  const [first, second] = [guesses(truth, draw), guesses(truth, draw)];
  const sets = [several(first), several(second)] as const;
  console.log(`${texts} texts, ${CLASSES} classes; of ${RUNS} runs after two, in processor time (other processes count for little in it)`);
  for (const outcomes of [first, sets[0]]) {
    agree(outcomes, draw);
    report(`intervals, 1000 resamples, ${outcomes.kind} label`, () => bootstrapIntervals(outcomes).macroF1.low);
  }
  report('paired test of macro-F1, 10,000 resamples, single label', () => pairedBootstrap({ first, second, score: 'macroF1' }).p);
  report(
    'paired test of macro-F1, 10,000 resamples, multi label',
    () => pairedBootstrap({ first: sets[0], second: sets[1], score: 'macroF1' }).p,
  );
  report('McNemar, a million texts either way', () => mcnemarExact({ onlyFirst: 1_000_000, onlySecond: 999_000 }));
}

/** Seven of ten correct, the others random. */
function guesses(truth: Int32Array, draw: (from: number, to: number) => number): ClassOutcomes {
  return { kind: 'single', truth, predicted: truth.map((is) => (draw(1, 10) <= 7 ? is : draw(0, CLASSES - 1))), classes: CLASSES };
}

/** The same with a second label on every third prediction. */
function several({ truth, predicted, classes }: ClassOutcomes): ClassOutcomes {
  const given = Array.from(predicted as Int32Array, (label, text) =>
    text % 3 === 0 ? [label, (label + 7) % classes].toSorted((a, b) => a - b) : [label],
  );
  return {
    kind: 'multi',
    truth: Array.from(truth as Int32Array, (label) => Int32Array.of(label)),
    predicted: given.map((set) => Int32Array.from(set)),
    classes,
  };
}

/** A resample's score by counts must equal the score of its texts one by one; every class is in it. */
function agree(outcomes: ClassOutcomes, draw: (from: number, to: number) => number): void {
  const n = outcomes.truth.length;
  for (let i = 0; i < CHECKED; i++) {
    const indices = Int32Array.from({ length: n }, () => draw(0, n - 1));
    const intervals = bootstrapIntervals(outcomes, { indices });
    const simple = scoresOf(taken(outcomes, indices));
    for (const name of TALLIED) assert.equal(intervals[name].low, simple[name]);
  }
}

function taken(outcomes: ClassOutcomes, rows: Int32Array): ClassOutcomes {
  if (outcomes.kind === 'single')
    return { ...outcomes, truth: rows.map((text) => outcomes.truth[text]!), predicted: rows.map((text) => outcomes.predicted[text]!) };
  return {
    ...outcomes,
    truth: Array.from(rows, (text) => outcomes.truth[text]!),
    predicted: Array.from(rows, (text) => outcomes.predicted[text]!),
  };
}

/** Minimum, and mean ± standard deviation. */
function report(what: string, work: () => number): void {
  const times: number[] = [];
  let sink = 0;
  for (let run = -2; run < RUNS; run++) {
    const start = process.cpuUsage();
    sink += work();
    const { user, system } = process.cpuUsage(start);
    if (run >= 0) times.push((user + system) / 1000);
  }
  assert.ok(Number.isFinite(sink));
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const deviation = Math.sqrt(times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / (times.length - 1));
  console.log(`  ${what}: ${Math.min(...times).toPrecision(3)} ms, ${mean.toPrecision(3)} ± ${deviation.toPrecision(2)}`);
}
