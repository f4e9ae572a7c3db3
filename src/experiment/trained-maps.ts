import type { ClassificationDataset } from '../datasets/dataset.ts';
import { stratifiedSample } from '../datasets/sample.ts';
import { HarnessError, option } from '../errors.ts';
import type { Layout } from '../maps/layout.ts';
import { METHOD_TITLES, type Method } from '../maps/projection.ts';
import type { Progress } from '../progress.ts';
import { inParallel } from './in-parallel.ts';
import { readEpoch, type EpochVectors, type LabelledField } from './epoch-vectors.ts';
import { caption, layoutChain, parallelMaps, someRows } from './map-layouts.ts';
import type { MapSettings } from './settings.ts';
import { findRuns, type FindParams, type TrainedRun } from './trained-runs.ts';

export interface TrainedParams extends FindParams {
  readonly methods: readonly Method[];
  readonly settings: MapSettings;
  readonly progress: Progress;
}

/** 2D projections of the training runs of one encoder on one dataset, one per epoch. */
export interface TrainedMaps {
  readonly encoder: string;
  readonly dataset: string;
  readonly method: Method;
  /** All of them, ascending. */
  readonly epochs: readonly number[];
  readonly poolings: readonly string[];
  /** Number of texts plotted. */
  readonly texts: number;
  readonly rows: readonly TrainedMapRow[];
}

/** One training run, coloured by one label field. */
export interface TrainedMapRow {
  readonly run: TrainedRun;
  /** Prompt put before every text, as in results.csv; undefined if none. */
  readonly prompt: string | undefined;
  readonly field: string;
  /** Number of label fields that the run was trained with. */
  readonly fields: number;
  /** By epoch; undefined if its vectors were not kept. */
  readonly panels: readonly (TrainedPanel | undefined)[];
}

export interface TrainedPanel {
  readonly layout: Layout;
  /** [n], indices into `names`. */
  readonly labels: Int32Array;
  readonly names: readonly string[];
  readonly field: string;
  readonly caption: string;
}

/** A run's epochs, ready to be projected and coloured. */
interface Chain {
  readonly run: TrainedRun;
  /** Rows of the texts plotted, the same in every epoch. */
  readonly rows: readonly number[];
  readonly epochs: readonly number[];
  readonly pooling: string;
  readonly prompt: string | undefined;
  /** Vectors of the texts plotted, by epoch. */
  readonly vectors: EpochVectors['vectors'][];
  /** Label fields, each with the captions of the epochs. */
  readonly fields: readonly (LabelledField & { readonly captions: readonly string[] })[];
}

/**
 * 2D projections of the training runs of a results folder whose vectors were kept, by encoder, dataset and method. A run with two label
 * fields has a row for each. Throws as `findRuns` does, DATA if epochs do not match.
 */
export async function* trainedMaps({ methods, settings, progress, ...find }: TrainedParams): AsyncGenerator<TrainedMaps> {
  const { sample, seed } = settings;
  for (const { encoder, dataset, runs } of findRuns(find)) {
    const chains: Chain[] = [];
    for (const run of runs) chains.push(await chainOf(run, settings));
    const epochs = [...new Set(chains.flatMap((chain) => chain.epochs))].toSorted((a, b) => a - b);
    for (const method of methods) {
      const label = (run: TrainedRun): string => `${dataset}: ${METHOD_TITLES[method]} of ${run.objective}`;
      const tasks = chains.map(
        ({ run, vectors }) =>
          () =>
            layoutChain({ vectors, method, seed, label: label(run), progress }),
      );
      const layouts: Layout[][] = [];
      for await (const each of inParallel(tasks, parallelMaps(settings))) layouts.push(each);
      yield {
        encoder,
        dataset,
        method,
        epochs,
        poolings: [...new Set(chains.map(({ pooling }) => pooling))],
        texts: Math.min(sample, chains[0]!.rows.length),
        rows: chains.flatMap((chain, i) => rowsOf(chain, layouts[i]!, epochs)),
      };
    }
  }
}

function rowsOf({ run, prompt, rows, epochs: own, fields }: Chain, layouts: readonly Layout[], epochs: readonly number[]): TrainedMapRow[] {
  return fields.map(({ labelField: field, labels, classes: names, captions }) => ({
    run,
    prompt,
    field,
    fields: fields.length,
    panels: epochs.map((epoch): TrainedPanel | undefined => {
      const at = own.indexOf(epoch);
      if (at < 0) return undefined;
      return { layout: layouts[at]!, labels: Int32Array.from(rows, (row) => labels[row]!), names, field, caption: captions[at]! };
    }),
  }));
}

/** Reads one epoch at a time, and keeps only the vectors of the sample. */
async function chainOf(run: TrainedRun, settings: MapSettings): Promise<Chain> {
  let chain: (Omit<Chain, 'fields'> & { fields: (LabelledField & { captions: string[] })[]; size: number }) | undefined;
  for (const [epoch, file] of run.files) {
    const read = readEpoch(file);
    const { vectors, pooling, prompt, fields } = read;
    chain ??= {
      run,
      rows: sampleOf(fields[0]!, settings),
      epochs: [],
      pooling,
      prompt,
      vectors: [],
      fields: fields.map((field) => ({ ...field, captions: [] })),
      size: vectors.rows,
    };
    if (vectors.rows !== chain.size || fields.length < chain.fields.length)
      throw new HarnessError('DATA', {
        where: file,
        what: 'Its texts or labels differ from those of the earlier epochs.',
        hint: `Fine-tune again with ${option('overwrite')} and ${option('vectorsAt')}.`,
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

/** What scoring needs of a dataset, without its texts. */
function corpusOf({ dataset }: TrainedRun, { split }: EpochVectors, field: LabelledField): ClassificationDataset {
  return { task: 'classification', key: dataset, ...field, texts: Array.from(split, () => ''), split, hash: '', sample: '' };
}
