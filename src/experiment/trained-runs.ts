import { readdirSync } from 'node:fs';
import path from 'node:path';
import { HarnessError, option } from '../errors.ts';
import { didYouMean, normalName } from '../registry/names.ts';
import { natural } from '../results/order.ts';
import { fileName, parseEpoch, parseRun, VECTORS_FOLDER, type RunName } from './epoch-vectors.ts';

/** A run whose vectors were kept. */
export interface TrainedRun extends RunName {
  /** Epoch → file, ascending. */
  readonly files: ReadonlyMap<number, string>;
}

/** Runs of one encoder on one dataset. */
export interface RunGroup {
  readonly encoder: string;
  readonly dataset: string;
  readonly runs: readonly TrainedRun[];
}

export interface FindParams {
  /** Results folder. */
  readonly folder: string;
  /** Empty: all; likewise the following. */
  readonly encoders: readonly string[];
  readonly datasets: readonly string[];
  /** In the order of the rows. */
  readonly objectives: readonly string[];
  readonly epochs: readonly number[];
  /** Order of objectives if none is named. */
  readonly compareObjectives: (a: string, b: string) => number;
}

/** Runs of a results folder whose vectors were kept, in groups. Throws OPTION if there are none, or none of those requested. */
export function findRuns({ folder, encoders, datasets, objectives, epochs, compareObjectives }: FindParams): RunGroup[] {
  const root = path.join(folder, VECTORS_FOLDER);
  const groups = subfolders(root).flatMap((encoder) =>
    subfolders(path.join(root, encoder)).map((dataset): RunGroup => ({
      encoder,
      dataset,
      runs: runsOf(path.join(root, encoder, dataset), { encoder, dataset }),
    })),
  );
  const found = groups.filter(({ runs }) => runs.length > 0);
  if (found.length === 0) {
    throw new HarnessError('OPTION', {
      where: option('trained'),
      what: `${folder} has no vectors of a fine-tuning run.`,
      hint: 'Save them with `bench finetune --vectors-at 0,1,5 --out …`, and give that folder.',
    });
  }
  const all = found.flatMap(({ runs }) => runs);
  known(
    'encoders',
    encoders,
    all.map(({ encoder }) => encoder),
  );
  known(
    'datasets',
    datasets,
    all.map(({ dataset }) => dataset),
  );
  known(
    'objective',
    objectives,
    all.map(({ objective }) => objective),
  );
  known(
    'epochs',
    epochs.map(String),
    all.flatMap(({ files }) => [...files.keys()].map(String)),
  );
  const order = (a: TrainedRun, b: TrainedRun) =>
    (objectives.length === 0
      ? compareObjectives(a.objective, b.objective)
      : objectives.indexOf(a.objective) - objectives.indexOf(b.objective)) ||
    a.seed - b.seed ||
    natural(a.hash, b.hash);
  const chosen = found
    .filter(({ encoder, dataset }) => isChosen(encoder, encoders) && isChosen(dataset, datasets))
    .map(({ runs, ...group }) => ({
      ...group,
      runs: runs
        .filter(({ objective }) => isChosen(objective, objectives))
        .map((run) => ({ ...run, files: new Map([...run.files].filter(([epoch]) => epochs.length === 0 || epochs.includes(epoch))) }))
        .filter(({ files }) => files.size > 0)
        .toSorted(order),
    }))
    .filter(({ runs }) => runs.length > 0);
  if (chosen.length === 0) {
    throw new HarnessError('OPTION', {
      where: option('trained'),
      what: `${folder} has no vectors that match all filters.`,
      hint: `Omit ${option('encoders')}, ${option('datasets')}, ${option('objective')} or ${option('epochs')}.`,
    });
  }
  return chosen;
}

function runsOf(folder: string, { encoder, dataset }: Pick<RunName, 'encoder' | 'dataset'>): TrainedRun[] {
  return subfolders(folder).flatMap((name): TrainedRun[] => {
    const run = parseRun(name);
    if (run === undefined) return [];
    const epochs = readdirSync(path.join(folder, name)).flatMap((file): [number, string][] => {
      const epoch = parseEpoch(file);
      return epoch === undefined ? [] : [[epoch, path.join(folder, name, file)]];
    });
    return epochs.length === 0 ? [] : [{ encoder, dataset, ...run, files: new Map(epochs.toSorted(([a], [b]) => a - b)) }];
  });
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted(natural);
  } catch {
    return [];
  }
}

/** Folder names are sanitised like file names. */
function isChosen(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((each) => normalName(fileName(each)) === normalName(name));
}

function known(name: string, wanted: readonly string[], names: readonly string[]): void {
  const there = [...new Set(names)];
  const stranger = wanted.find((each) => !there.some((one) => isChosen(one, [each])));
  if (stranger === undefined) return;
  throw new HarnessError('OPTION', {
    where: option(name),
    what: `No vectors of ${stranger} were saved.${/^\d+$/.test(stranger) ? '' : didYouMean(stranger, there)}`,
    hint: `Saved: ${there.join(', ')}.`,
  });
}
