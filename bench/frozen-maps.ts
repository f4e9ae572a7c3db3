import { embed } from '../src/embed/embed.ts';
import { VectorStore } from '../src/embed/store.ts';
import { pooledVectors } from '../src/embed/vectors.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { HarnessError } from '../src/errors.ts';
import { checkProtocols } from '../src/knn/check-protocols.ts';
import { METHOD_TITLES, type Method } from '../src/maps/projection.ts';
import type { Matrix } from '../src/numeric/matrix.ts';
import type { MapPanel } from '../src/report/picture/map-grid.ts';
import type { Progress } from '../src/progress.ts';
import { datasetTitle, encoderTitle, type Titles } from '../src/report/titles.ts';
import { atOnce } from '../src/experiment/at-once.ts';
import type { DatasetRef } from '../src/experiment/refs.ts';
import type { Opening, Reading, Workspace } from '../src/experiment/workspace.ts';
import type { ChosenEncoders } from './inputs.ts';
import { caption, layoutChain, mapsAtOnce, type MapSettings, type NamedGrid } from './map-panels.ts';

export interface FrozenParams {
  readonly workspace: Workspace;
  readonly encoders: ChosenEncoders;
  readonly datasets: readonly DatasetRef[];
  readonly reading: Reading;
  readonly opening: Opening;
  readonly methods: readonly Method[];
  readonly settings: MapSettings;
  readonly titles: Titles;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
}

/** One cell of the grid before it is put into the plane. */
interface Cell {
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly vectors: Matrix;
  readonly caption: string;
}

/** Frozen encoders (rows) x data sets (columns), a grid for each method. */
export async function* frozenGrids({ workspace, encoders: { list, concat }, datasets: choices, reading, opening, methods, settings, titles, progress, warn }: FrozenParams): AsyncGenerator<NamedGrid> {
  if (list.length === 0 || concat) throw new HarnessError('OPTION', { where: '--encoders', what: concat ? 'A concatenation is not drawn.' : 'No encoder is named.', mend: 'Name encoders with --encoders or --model, or a training with --trained.' });
  if (choices.length === 0) throw new HarnessError('OPTION', { where: '--datasets', what: 'No data set is named.', mend: 'Name one with --datasets or --dataset.' });
  const { pooling, sample, seed, k } = settings;
  const datasets: Dataset[] = [];
  for (const choice of choices) {
    const dataset = await workspace.openDataset(choice, { ...reading, labels: 'first', limit: sample, seed });
    checkProtocols({ dataset, protocols: ['leave-one-out'], ks: [k] });
    datasets.push(dataset);
  }
  const cells: Cell[] = [];
  const encoders: Encoder[] = [];
  for (const choice of list) encoders.push(await workspace.openEncoder(choice, opening));
  for (const encoder of encoders) {
    for (const dataset of datasets) {
      const vectors = await vectorsOf({ encoder, dataset, settings, store: new VectorStore(workspace.vectorFolder, warn), progress });
      cells.push({ encoder, dataset, vectors, caption: await caption({ dataset, vectors, protocol: 'leave-one-out', settings }) });
    }
  }
  for (const method of methods) {
    const tasks = cells.map(({ encoder, dataset, vectors, caption: below }) => async (): Promise<MapPanel> => {
      const [layout] = await layoutChain({ vectors: [vectors], method, seed, label: `${dataset.key}: ${METHOD_TITLES[method]} of ${encoder.name}`, progress });
      return { layout: layout!, labels: dataset.labels, names: dataset.classes, field: dataset.labelField, caption: below };
    });
    const panels: MapPanel[] = [];
    for await (const panel of atOnce(tasks, mapsAtOnce(settings))) panels.push(panel);
    yield {
      name: `frozen-${pooling}-${method}`,
      grid: {
        title: `${METHOD_TITLES[method]} of frozen encoders`,
        subtitle: `${pooling} vectors of up to ${sample} texts each; below: micro-F1 of ${k} neighbours, leave-one-out`,
        rows: encoders.map(({ name }) => encoderTitle(titles, name)),
        columns: datasets.map(({ key }) => datasetTitle(titles, key)),
        panels: encoders.map((_, r) => panels.slice(r * datasets.length, (r + 1) * datasets.length)),
        legends: 'columns',
      },
    };
  }
}

interface VectorsParams {
  readonly encoder: Encoder;
  readonly dataset: Dataset;
  readonly settings: MapSettings;
  readonly store: VectorStore;
  readonly progress: Progress;
}

async function vectorsOf({ encoder, dataset, settings: { pooling, threads, tokenBudget }, store, progress }: VectorsParams): Promise<Matrix> {
  const { published, depth, name } = encoder;
  const [vector] = pooledVectors({ poolings: [pooling], layers: 'last', layerMeans: ['0..L'], depth, published: 'token' in published ? published : undefined, encoder: name });
  if (vector === undefined) throw new HarnessError('OPTION', { where: '--pooling', what: `${name} has no pooling ${pooling}${'reason' in published ? `: ${published.reason}` : '.'}`, mend: 'Give another.' });
  const task = progress.task(`${dataset.key}: ${name}`, dataset.texts.length, 'texts');
  try {
    const embedded = await embed({ encoder, texts: dataset.texts, specs: [vector.spec], store, threads, tokenBudget, onProgress: ({ done }) => task.update(done) });
    return await embedded.load(vector.spec);
  } finally {
    task.end();
  }
}
