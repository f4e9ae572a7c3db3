import path from 'node:path';
import { EncoderSession } from '../../src/embed/session.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { EstimatorThreads } from '../../src/estimators/estimator-threads.ts';
import { Searcher } from '../../src/knn/searcher.ts';
import { projectInThread } from '../../src/maps/projection-thread.ts';
import type { HnswOptions } from '../../src/knn/types.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

export interface Used {
  /** What the thread is for. `odd` is part of the request; undefined if it is an ordinary number. */
  ask(odd?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** The modules with threads, each with the call that does its work. */
export interface Kind {
  readonly room: string;
  readonly call: string;
  readonly says: (why: string) => string;
  /** `folder` is empty; `size` is the work of a call: 1 is nothing, at 100 one native call takes a moment. */
  open(folder: string, size: number): Promise<Used>;
}

const WIDTH = 16;
/** Of 300 rows with more bytes than a search keeps its thread for. */
const LARGE_COLS = 28_000;

function clouds(rows: number, cols = WIDTH) {
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * 1.7 + Math.floor(i / cols) ** 1.5)),
  );
}

export const KINDS: readonly Kind[] = [
  {
    room: 'embed',
    call: 'run',
    says: (why) => `tiny: The encoder does not run: ${why}. Check that its ONNX file is complete, or try another weight precision.`,
    open: async (folder, size) => {
      const at = writeTinyEncoder(folder, { layers: 2 });
      const encoder = await openEncoder({
        name: 'tiny',
        folder: at,
        onnx: path.join(at, 'model.onnx'),
        revision: '',
        firstLayers: undefined,
      });
      const session = await EncoderSession.open({ encoder, specs: [{ token: 'mean', layers: [2], combine: 'one' }], threads: 1 });
      const [count, length] = [300 * size, 30];
      return {
        ask: (odd) => session.run({ ids: new Int32Array(count * length).fill(5), count, length, words: odd as Int32Array[] | undefined }),
        close: () => session.close(),
      };
    },
  },
  {
    room: 'knn',
    call: 'find',
    says: (why) => `The neighbour search failed: ${why}.`,
    open: async (_folder, size) => {
      // So large that its thread ends with it: another test has another one.
      const corpus = matrix(300 * Math.ceil(size / 10), LARGE_COLS);
      for (let row = 0; row < corpus.rows; row++) corpus.data[row * LARGE_COLS + (row % 7)] = row;
      const searcher = await Searcher.open({ corpus, metric: 'euclidean', threads: 1 });
      return {
        ask: (odd) => (odd === undefined ? searcher.exact({ k: 3 }) : searcher.hnswlib({ k: 3 }, odd as HnswOptions)),
        close: () => searcher.close(),
      };
    },
  },
  {
    room: 'training',
    call: 'step',
    says: (why) => `Training ended: ${why}.`,
    open: async (folder, size) => {
      const files = { name: 'tiny', folder: writeTinyCheckpoint(folder), onnx: undefined };
      const trainer = await Trainer.open({
        files,
        spec: { token: 'mean', layers: [2], combine: 'one' },
        objective: 'classic',
        objectiveOptions: objectiveOptions(),
        classes: 2,
        seed: 1,
        freeze: [],
        weightDecay: 0.01,
        decayMatricesOnly: false,
        denseEmbeddings: false,
        dropout: 0,
        accumulate: 1,
        chunkTokens: 1 << 30,
        padId: 0,
        threads: 1,
        device: 'cpu',
      });
      const texts = Array.from({ length: 500 * size }, (_, i) => ({ ids: Int32Array.from({ length: 12 }, (__, at) => (i + at) % 20) }));
      const rows = [...texts.keys()];
      const run = OBJECTIVES.classic.start({
        width: trainer.opened.width,
        classes: 2,
        options: objectiveOptions(),
        labels: Int32Array.from(rows, (row) => row % 2),
        seed: 1,
      });
      const feeds = run.feeds({ epoch: 1, step: 0, rows, batch: rows.length });
      return {
        ask: (odd) => trainer.step({ texts, feeds, step: 0, ...(odd === undefined ? {} : { update: odd as never }) }),
        close: () => trainer.close(),
      };
    },
  },
  {
    room: 'estimators',
    call: 'estimate',
    says: (why) => `The estimators failed: ${why}.`,
    open: async (_folder, size) => {
      const threads = new EstimatorThreads(1);
      const labelled = {
        vectors: clouds(50 * size, 10 * size),
        labels: Int32Array.from({ length: 50 * size }, (_, i) => i % 2),
        classes: 2,
      };
      return {
        ask: (odd) => threads.ask({ labelled, estimators: ['silhouette'], k: 5, seed: (odd ?? 1) as number }),
        close: () => threads.close(),
      };
    },
  },
  {
    room: 'maps',
    call: 'project',
    says: (why) => `The map failed: ${why}.`,
    open: async (_folder, size) => ({
      ask: (odd) => projectInThread({ vectors: clouds(20 * size), method: 'umap', seed: (odd ?? 1) as number }),
      close: () => Promise.resolve(),
    }),
  },
];
