import { z } from 'zod';
import * as choose from '../../src/experiment/named-refs.ts';
import { checkRequest } from '../../src/experiment/read-request.ts';
import type { DatasetRef } from '../../src/experiment/refs.ts';
import { datasetOptions, deviceOptions, encoderOptions, tableOptions } from '../../src/experiment/request.ts';
import { Workspace, type Opening, type Reading } from '../../src/experiment/workspace.ts';
import type { ColumnNames } from '../../src/datasets/corpus.ts';
import type { DeviceWord } from '../../src/devices/device.ts';
import { promptChoice } from '../../src/encoders/prompts.ts';
import { HarnessError, option } from '../../src/errors.ts';
import type { Progress } from '../../src/progress.ts';
import { loadDatasets, type Datasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { fetchingTasks } from '../terminal/fetching.ts';
import { flagsOf, valuesOf } from './table.ts';
import { isSet, text, texts, whole } from './options.ts';
import { say } from '../terminal/say.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/** Encoders and datasets of commands that run no experiment: their flags, by the schemas of requests. */

const ENCODERS = z.strictObject(encoderOptions);
const DEVICE = z.strictObject(deviceOptions);
const DATASETS = z.strictObject(datasetOptions);
const TABLES = z.strictObject(tableOptions);

/** The workspace that the flags describe. Throws OPTION for an invalid value of an encoder or dataset flag, before anything is fetched. */
export function openWorkspace(argv: Arguments, progress: Progress, { err }: Pick<Terminal, 'err'>): Workspace {
  encoderValues(argv);
  datasetValues(argv);
  whole(argv, 'threads');
  whole(argv, 'token-budget');
  return new Workspace({
    models: loadModels(text(argv, 'models-file')),
    datasets: loadDatasets(text(argv, 'datasets-file')),
    cacheDir: text(argv, 'cache')!,
    offline: isSet(argv, 'offline'),
    mirrors: texts(argv, 'mirror'),
    onDownload: fetchingTasks(progress),
    // Notes are not progress: they are printed even with --quiet.
    onNote: (note) => (isSet(argv, 'quiet') ? say(err, note) : progress.log(note)),
  });
}

/** Encoders given by --encoders and --model. */
export function chosenEncoders(argv: Arguments, registries: Pick<Workspace, 'models'>): choose.ChosenEncoders {
  return choose.chosenEncoders(encoderValues(argv), registries);
}

/** Datasets given by --datasets and --dataset. */
export function chosenDatasets(argv: Arguments, registries: Pick<Workspace, 'datasets'>): DatasetRef[] {
  return choose.chosenDatasets(datasetValues(argv), registries);
}

/** The dataset given by --dataset; undefined unless there is exactly one. */
export function onlyDataset(argv: Arguments, registry: () => Datasets): DatasetRef | undefined {
  const [name, other] = (valuesOf(argv, { datasets: datasetOptions.datasets })['datasets'] as string[] | undefined) ?? [];
  if (name === undefined || other !== undefined) return undefined;
  const found = choose.datasetRef(name, registry);
  choose.checkTableOptions(checkRequest(TABLES, valuesOf(argv, tableOptions)), [found]);
  return found;
}

/** How datasets are read, from the flags. */
export function readingOf(argv: Arguments): Reading {
  return choose.readingOf(datasetValues(argv), whole(argv, 'seed', 0) ?? 1);
}

/** Columns and format of tables, from the flags. */
export function tablesOf(argv: Arguments): ColumnNames {
  return checkRequest(TABLES, valuesOf(argv, tableOptions));
}

/** How encoders are opened, from the flags. */
export function openingOf(argv: Arguments): Opening {
  const { prompts = [], ...values } = encoderValues(argv);
  if (prompts.length > 1) {
    throw new HarnessError('OPTION', { where: option('prompts'), what: `It is given once here, not ${prompts.length} times.` });
  }
  return {
    ...choose.openingOf({ ...values, device: deviceWord(argv) }),
    ...(prompts[0] !== undefined && { prompt: promptChoice(prompts[0]) }),
  };
}

/** Flags of encoders and datasets, as options of a command. */
export const ENCODER_FLAGS = flagsOf(encoderOptions);
/** For commands that run encoders. */
export const DEVICE_FLAGS = flagsOf(deviceOptions);
/** For commands that open one encoder. */
export const ONE_ENCODER_FLAGS = {
  ...ENCODER_FLAGS,
  prompt: { ...ENCODER_FLAGS.prompt, describe: ENCODER_FLAGS.prompt.describe!.replace(' Several: a result each.', '') },
};
export const DATASET_FLAGS = flagsOf(datasetOptions);

/** Value of --device. */
export function deviceWord(argv: Arguments): DeviceWord {
  return checkRequest(DEVICE, valuesOf(argv, deviceOptions)).device;
}

function encoderValues(argv: Arguments) {
  return checkRequest(ENCODERS, valuesOf(argv, encoderOptions));
}

function datasetValues(argv: Arguments) {
  return checkRequest(DATASETS, valuesOf(argv, datasetOptions));
}
