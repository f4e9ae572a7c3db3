import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onnxFolder } from './weights.ts';

const WORDS =
  'who what when where river city animal famous first people number country long does name world made year call found water'.split(' ');

/**
 * Peak memory of `bench run` as the corpus grows, and the size of the vectors that the search holds: generated questions, all different.
 */
export async function bench(words: readonly string[]): Promise<void> {
  const folder = onnxFolder('all-MiniLM-L6-v2');
  for (const count of words.length > 0 ? words.map(Number) : [6000, 60_000]) {
    const scratch = mkdtempSync(path.join(tmpdir(), 'perf-memory-'));
    const file = path.join(scratch, 'texts.csv');
    const rows = Array.from(
      { length: count },
      (_, i) => `${i % 6},${WORDS[i % 21]} ${WORDS[(i * 7) % 21]} ${WORDS[(i * 11 + 3) % 21]} ${i}`,
    );
    writeFileSync(file, `label,text\n${rows.join('\n')}\n`);
    const probe = `process.on('exit', () => require('fs').writeSync(2, 'PEAK ' + Math.round(process.resourceUsage().maxRSS / 1024) + '\\n'))`;
    const preload = path.join(scratch, 'probe.cjs');
    writeFileSync(preload, `if (require('worker_threads').isMainThread) ${probe}`);
    const { stderr } = spawnSync(
      process.execPath,
      [
        '--max-semi-space-size=1',
        '--require',
        preload,
        path.join(path.dirname(import.meta.dirname), 'bench', 'main.js'),
        'run',
        '--model',
        folder,
        '--first-layers',
        '1',
        '--dataset',
        file,
        '--text-column',
        'text',
        '--label-column',
        'label',
        '--pooling',
        'mean,layermean',
        '--protocol',
        'leave-one-out',
        '--index',
        'exact',
        '--cache',
        path.join(scratch, 'cache'),
        '--out',
        path.join(scratch, 'results'),
        '--quiet',
      ],
      { encoding: 'utf8' },
    );
    console.log(
      `${String(count).padStart(6)} texts: peak ${/PEAK (\d+)/.exec(stderr)?.[1]} MB; one matrix of vectors is ${((count * 384 * 4) / 1e6).toFixed(0)} MB`,
    );
    rmSync(scratch, { recursive: true });
  }
}
