import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { soak } from './soak.ts';

/** `npm run soak [-- RUNS [SEED]]`: runs killed at random moments, each resumed, every result the same. */
const [runs = 100, seed = 1] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'soak-'));
const started = performance.now();
try {
  const { kills, killed, findings } = await soak({ folder, runs, seed, onRun: (done, all) => void (done % 10 === 0 && process.stderr.write(`${done} of ${runs} runs, ${all} kills\n`)) });
  for (const finding of findings) console.log(finding);
  console.log(`${runs} runs, ${killed} of them killed, ${kills} times in all, seed ${seed}: ${findings.length === 0 ? 'every result is the same, to the byte' : `${findings.length} findings`} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
