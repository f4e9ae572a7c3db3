import { SPREAD } from '../src/choosing/constants.ts';
import { formatTable } from '../src/report/text-table.ts';
import { binned, simulate, WORLDS, type Simulated } from '../test/choosing/simulate.ts';

const EDGES = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1];
const MANY = 200;

/** Tasks that violate what the model assumes. */
const DIFFERING = [
  { name: 'as the model takes them', seeds: 1, growth: 1 },
  { name: 'seeds differ twice as much', seeds: 2, growth: 1 },
  { name: 'seeds differ half as much', seeds: 0.5, growth: 1 },
  { name: 'leads change twice as much', seeds: 1, growth: 2 },
  { name: 'leads change half as much', seeds: 1, growth: 0.5 },
] as const;

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

/** How often claims are correct, in simulated worlds; argument: number of worlds of each kind (default 200). */
export async function bench([word]: readonly string[]): Promise<void> {
  const many = Number(word ?? MANY);
  for (const { name, seeds, growth } of DIFFERING) {
    const all: Simulated[] = [];
    for (const world of WORLDS)
      for (let at = 0; at < many; at++)
        all.push(await simulate({ ...world, seed: world.seed + 7919 * at, seeds: seeds * SPREAD.seed, growth: growth * SPREAD.growth }));
    const mean = (of: (each: Simulated) => number): number => all.reduce((sum, each) => sum + of(each), 0) / all.length;
    console.log(`\nSeeds and leads ${name}: ${all.length} choices, regret ${(100 * mean(({ regret }) => regret)).toFixed(2)} points.`);
    const rows = binned(all, EDGES).map(({ from, to, claims, claimed, found }) => [
      `${percent(1 - to)} … ${percent(1 - from)}`,
      String(claims),
      percent(1 - claimed),
      percent(1 - found),
      percent(1.96 * Math.sqrt((claimed * (1 - claimed)) / claims)),
    ]);
    console.log(
      formatTable({ head: ['Claimed to be right, %', 'Choices', 'Mean claim', 'Right', '±'], rows, names: 1, ruled: false, width: 120 })
        .text,
    );
  }
}
