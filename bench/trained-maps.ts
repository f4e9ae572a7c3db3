import type { Dataset } from '../src/datasets/dataset.ts';
import { stratifiedSample } from '../src/datasets/sample.ts';
import { HarnessError } from '../src/errors.ts';
import type { Layout } from '../src/maps/layout.ts';
import { METHOD_TITLES, type Method } from '../src/maps/projection.ts';
import type { MapPanel } from '../src/report/picture/map-grid.ts';
import type { Progress } from '../src/progress.ts';
import { datasetTitle, encoderTitle, type Titles } from '../src/report/titles.ts';
import { objectiveTitle } from '../src/report/words.ts';
import { atOnce } from '../src/experiment/at-once.ts';
import { readEpoch, type EpochVectors, type LabelledField } from '../src/experiment/epoch-vectors.ts';
import { caption, layoutChain, mapsAtOnce, someRows } from '../src/experiment/map-layouts.ts';
import type { MapSettings } from '../src/experiment/settings.ts';
import type { NamedGrid } from './map-grid.ts';
import { findRuns, type FindParams, type TrainedRun } from './trained-runs.ts';

export interface TrainedParams extends FindParams {
  readonly methods: readonly Method[];
  readonly settings: MapSettings;
  readonly titles: Titles;
  readonly progress: Progress;
}

/** A run's epochs, ready to be put into the plane and coloured. */
interface Chain {
  readonly run: TrainedRun;
  /** Which texts are drawn, the same in every epoch. */
  readonly rows: readonly number[];
  readonly epochs: readonly number[];
  readonly pooling: string;
  /** Vectors of the texts that are drawn, by epoch. */
  readonly vectors: EpochVectors['vectors'][];
  /** Label fields, each with the captions of the epochs. */
  readonly fields: readonly (LabelledField & { readonly captions: readonly string[] })[];
}

/** Objectives (rows) x epochs (columns): a grid for each encoder, data set and method. An objective that learns from two label fields has a row of each colouring. */
export async function* trainedGrids({ methods, settings, titles, progress, ...find }: TrainedParams): AsyncGenerator<NamedGrid> {
  const { sample, seed, k } = settings;
  for (const { encoder, dataset, runs } of findRuns(find)) {
    const chains: Chain[] = [];
    for (const run of runs) chains.push(await chainOf(run, settings));
    const epochs = [...new Set(chains.flatMap((chain) => chain.epochs))].toSorted((a, b) => a - b);
    for (const method of methods) {
      const tasks = chains.map(
        ({ run, vectors }) =>
          () =>
            layoutChain({ vectors, method, seed, label: `${dataset}: ${METHOD_TITLES[method]} of ${run.objective}`, progress }),
      );
      const layouts: Layout[][] = [];
      for await (const each of atOnce(tasks, mapsAtOnce(settings))) layouts.push(each);
      const rows = chains.flatMap((chain, i) =>
        chain.fields.map((field) => ({
          title: rowTitle(chain, field, runs),
          panels: epochs.map((epoch): MapPanel | undefined => {
            const at = chain.epochs.indexOf(epoch);
            if (at < 0) return undefined;
            return {
              layout: layouts[i]![at]!,
              labels: Int32Array.from(chain.rows, (row) => field.labels[row]!),
              names: field.classes,
              field: field.labelField,
              caption: field.captions[at]!,
            };
          }),
        })),
      );
      yield {
        name: `${encoder}-${dataset}-${method}`,
        grid: {
          title: `${encoderTitle(titles, encoder)} trained on ${datasetTitle(titles, dataset)}: ${METHOD_TITLES[method]}`,
          subtitle: `${[...new Set(chains.map(({ pooling }) => pooling))].join(', ')} vectors of the same ${Math.min(sample, chains[0]!.rows.length)} texts; below: micro-F1 of ${k} neighbours in train`,
          rows: rows.map(({ title }) => title),
          columns: epochs.map((epoch) => (epoch === 0 ? 'before training' : `epoch ${epoch}`)),
          panels: rows.map(({ panels }) => panels),
          legends: 'rows',
        },
      };
    }
  }
}

/** Reads an epoch at a time: of each the vectors of the sample stay. */
async function chainOf(run: TrainedRun, settings: MapSettings): Promise<Chain> {
  let chain: (Omit<Chain, 'fields'> & { fields: (LabelledField & { captions: string[] })[]; size: number }) | undefined;
  for (const [epoch, file] of run.files) {
    const read = readEpoch(file);
    const { vectors, pooling, fields } = read;
    chain ??= {
      run,
      rows: sampleOf(fields[0]!, settings),
      epochs: [],
      pooling,
      vectors: [],
      fields: fields.map((field) => ({ ...field, captions: [] })),
      size: vectors.rows,
    };
    if (vectors.rows !== chain.size || fields.length < chain.fields.length)
      throw new HarnessError('DATA', {
        where: file,
        what: 'It has other texts or labels than the epochs before it.',
        hint: 'Train again with --overwrite and --vectors-at.',
      });
    chain = { ...chain, epochs: [...chain.epochs, epoch] };
    chain.vectors.push(someRows(vectors, chain.rows));
    for (const [f, { captions }] of chain.fields.entries())
      captions.push(await caption({ dataset: corpusOf(run, read, fields[f]!), vectors, protocol: 'fit-train', settings }));
  }
  return chain!;
}

function sampleOf({ labels, classes }: LabelledField, { sample, seed }: MapSettings): number[] {
  return stratifiedSample({ classes: Array.from(labels, (label) => classes[label]!), size: sample, seed });
}

/** What scoring asks of a corpus; texts are not needed any more. */
function corpusOf({ dataset }: TrainedRun, { split }: EpochVectors, field: LabelledField): Dataset {
  return { key: dataset, ...field, texts: Array.from(split, () => ''), split, hash: '', sample: '' };
}

/** Says no more than tells rows apart. */
function rowTitle({ run, fields }: Chain, { labelField }: LabelledField, runs: readonly TrainedRun[]): string {
  const same = runs.filter(({ objective }) => objective === run.objective);
  const seed = new Set(runs.map((each) => each.seed)).size > 1 ? ` seed ${run.seed}` : '';
  const hash = same.some((each) => each !== run && each.seed === run.seed) ? ` ${run.hash}` : '';
  return `${objectiveTitle(run.objective)}${seed}${hash}${fields.length > 1 ? `: ${labelField}` : ''}`;
}
