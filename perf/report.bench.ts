import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomInts } from '../src/numeric/random.ts';
import { withClasses } from '../src/datasets/task.ts';
import { loadDataset } from '../src/datasets/load.ts';
import { vectorKey } from '../src/embed/vector-key.ts';
import { VectorStore } from '../src/embed/store.ts';
import { textHash } from '../src/embed/vector-key.ts';
import { POOLINGS, pooledVectors, specName } from '../src/embed/vectors.ts';
import { openEncoder } from '../src/encoders/encoder.ts';
import { vectorFolder } from '../src/home.ts';
import { ResultsFolder } from '../src/results/folder.ts';
import { scoredCell, type ScoredCell } from '../src/results/scored.ts';
import { identityOf, rowOf } from '../src/experiment/rows.ts';
import { writeTinyEncoder } from '../test/tiny-encoder.ts';

const CLASSES = 50;
const WIDTH = 384;
const CELLS = 100;
const WORDS =
  'who what when where river city animal famous first people number country long does name world made year call found water'.split(' ');

/**
 * Seconds, memory and bytes of `bench report` on a synthetic folder: 100 results, and stored vectors of 50,000 texts (or the given number).
 */
export async function bench([size = '50000']: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-report-'));
  try {
    const n = Number(size);
    const file = path.join(scratch, 'texts.csv');
    const text = (i: number): string => Array.from({ length: 12 }, (_, at) => WORDS[(i * (at + 3) + at * at) % WORDS.length]).join(' ');
    writeFileSync(file, `label,text\n${Array.from({ length: n }, (_, i) => `class ${i % CLASSES},${text(i)} ${i}`).join('\n')}\n`);
    const dataset = withClasses(await loadDataset({ file: { path: file }, labels: 'first', seed: 1 }), 'The report');
    const folder = writeTinyEncoder(path.join(scratch, 'tiny'), { layers: 4, width: 32 });
    const encoder = await openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
    const cache = path.join(scratch, 'cache');
    const published = 'steps' in encoder.published ? encoder.published : undefined;
    const vectors = pooledVectors({
      poolings: POOLINGS,
      layers: 'last',
      layerMeans: ['0..L', '1..L'],
      depth: encoder.depth,
      published,
      encoder: encoder.name,
    });
    const [first] = vectors;

    const draw = randomInts(1);
    const store = await new VectorStore(vectorFolder(cache)).open(vectorKey(encoder), specName(first!.spec));
    const centres = Float32Array.from({ length: CLASSES * WIDTH }, () => draw(0, 1999) / 1000 - 1);
    for (let i = 0; i < n; i++) {
      const centre = dataset.labels[i]! * WIDTH;
      await store.put(
        textHash(dataset.texts[i]!),
        Float32Array.from({ length: WIDTH }, (_, at) => centres[centre + at]! + (draw(0, 1999) / 1000 - 1) * 4),
        10,
      );
    }
    await store.flush();

    const out = path.join(scratch, 'results');
    const results = await ResultsFolder.open({ folder: out, policy: 'same-inputs' });
    const cells: ScoredCell[] = [];
    for (let cell = 0; cell < CELLS; cell++) {
      const wrong = cell === 0 ? 20 : 25 + (cell % 20);
      const predicted = dataset.labels.map((label) => (draw(0, 99) < wrong ? draw(0, CLASSES - 1) : label));
      const score = {
        protocol: 'leave-one-out' as const,
        split: 'all' as const,
        k: 5 + Math.floor(cell / vectors.length),
        votes: 'uniform' as const,
        index: 'exact' as const,
      };
      const row = rowOf({
        encoder: 'tiny',
        identity: identityOf(encoder),
        dataset,
        vector: vectors[cell % vectors.length]!,
        metric: 'euclidean',
        score,
        textsCut: 0,
      });
      cells.push(
        scoredCell({ row, outcomes: { kind: 'single', truth: dataset.labels, predicted, classes: CLASSES }, classes: dataset.classes }),
      );
    }
    await results.add(cells);
    console.log(`${CELLS} cells, ${n} texts, vectors [${n}, ${WIDTH}] = ${((n * WIDTH * 4) / 1e6).toFixed(0)} MB`);

    const preload = path.join(scratch, 'probe.cjs');
    writeFileSync(
      preload,
      `if (require('worker_threads').isMainThread) process.on('exit', () => require('fs').writeSync(2, 'PEAK ' + Math.round(process.resourceUsage().maxRSS / 1024) + '\\n'))`,
    );
    const started = performance.now();
    const { stderr, status } = spawnSync(
      process.execPath,
      [
        '--max-semi-space-size=1',
        '--require',
        preload,
        path.join(import.meta.dirname, '..', 'bench', 'main.js'),
        'report',
        out,
        '--model',
        folder,
        '--dataset',
        file,
        '--cache',
        cache,
        '--offline',
        '--quiet',
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    const page = path.join(out, 'report', 'index.html');
    console.log(
      `${((performance.now() - started) / 1000).toFixed(1)} s, peak ${/PEAK (\d+)/.exec(stderr)?.[1]} MB, page ${(statSync(page).size / 1e6).toFixed(1)} MB`,
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
