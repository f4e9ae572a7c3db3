import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { soak } from './soak.ts';

/**
 * `npm run soak [-- RUNS [SEED]]`: runs, rankings and trainings killed at random moments, each resumed, every result the same. `npm run
 * soak -- queue [WORKERS REDIS COORDINATORS SEED]`: the same on a queue, whose workers, Redis and coordinators are killed.
 */
if (process.argv[2] === 'queue') {
  const { soakQueue } = await import('./queue-soak.ts');
  process.exit(await soakQueue(process.argv.slice(3).map(Number)));
}
const [runs = 100, seed = 1] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'soak-'));
const started = performance.now();
const onRun = (done: number, kills: number): void => {
  if (done % 10 === 0) process.stderr.write(`${done} of ${runs} runs, ${kills} kills\n`);
};
try {
  const { kills, killed, findings } = await soak({ folder, runs, seed, onRun, onFinding: (finding) => console.log(finding) });
  const outcome = findings.length === 0 ? 'every result is the same, to the byte' : `${findings.length} findings`;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${runs} runs, ${killed} of them killed, ${kills} times in all, seed ${seed}: ${outcome} (${seconds} s)`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
