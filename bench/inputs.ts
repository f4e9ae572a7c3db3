import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { openEncoder, type Encoder } from '../src/encoders/encoder.ts';
import { HarnessError } from '../src/errors.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { loadDataset } from '../src/datasets/load.ts';
import { CONCAT_ALL } from '../src/report/titles.ts';
import type { Progress, ProgressTask } from '../src/report/progress.ts';
import { findDataset, loadDatasets } from '../src/registry/datasets.ts';
import { findModel, loadModels } from '../src/registry/models.ts';
import type { DatasetEntry, ModelEntry, SuiteEntry } from '../src/registry/schema.ts';
import { openSources } from '../src/sources/sources.ts';
import { flag, keys, text, texts, whole } from './options.ts';
import type { Arguments } from './verb.ts';

/** An encoder as it was asked for: a registry entry, a hub repository, or a folder. */
export type EncoderChoice =
  | { readonly kind: 'entry'; readonly name: string; readonly entry: ModelEntry; readonly firstLayers: number | undefined }
  | { readonly kind: 'hub'; readonly name: string; readonly source: string }
  | { readonly kind: 'folder'; readonly name: string; readonly folder: string };

/** A data set as it was asked for: a registry entry, or a file of the user's. */
export type DatasetChoice =
  | { readonly kind: 'entry'; readonly name: string; readonly entry: DatasetEntry }
  | { readonly kind: 'file'; readonly name: string; readonly file: string };
