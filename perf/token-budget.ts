import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { embed } from '../src/embed/embed.ts';
import { VectorStore } from '../src/embed/store.ts';
import { openEncoder } from '../src/encoders/encoder.ts';
import { packageRoot } from '../src/home.ts';
import { onnxFolder } from './weights.ts';

/** Seconds to embed 3000 TREC questions by tokens per batch, three rounds each. */
export async function bench(): Promise<void> {
  const folder = onnxFolder('all-MiniLM-L6-v2');
  const encoder = await openEncoder({
    name: 'all-MiniLM-L6-v2',
    folder,
    onnx: path.join(folder, 'model.onnx'),
    revision: '',
    maxLength: 512,
  });
  const data = process.env['EMBEDDING_BENCH_TREC'] ?? path.join(packageRoot(), '..', 'shared', 'data', 'trec');
  const texts = readFileSync(path.join(data, 'train_5500.label'), 'latin1')
    .split('\n')
    .slice(0, 3000)
    .map((line) => line.slice(line.indexOf(' ') + 1));
  const budgets = [128, 256, 512, 1024, 2048, 4096, 8192];
  const seconds = new Map<number, number[]>(budgets.map((budget) => [budget, []]));
  for (let round = 0; round < 3; round++) {
    for (const tokenBudget of budgets) {
      const store = mkdtempSync(path.join(tmpdir(), 'perf-store-'));
      const started = performance.now();
      await embed({
        encoder,
        texts,
        specs: [{ token: 'mean', layers: [encoder.depth], combine: 'one' }],
        store: new VectorStore(store),
        threads: availableParallelism(),
        tokenBudget,
      });
      seconds.get(tokenBudget)!.push((performance.now() - started) / 1000);
      rmSync(store, { recursive: true });
    }
  }
  for (const [budget, times] of seconds)
    console.log(`${String(budget).padStart(5)} tokens a batch: ${times.map((time) => time.toFixed(2)).join(' ')} s`);
}
