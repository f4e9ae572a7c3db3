import { checkPoolings, poolingsLeftOut } from '../embed/static-poolings.ts';
import { HarnessError, option, reason, type Complaint } from '../errors.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import { togetherComplaint } from './complaints.ts';
import { encoderVectors, type GridDataset, type GridEncoder } from './score-grid.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import { protocolsOf, type Settings } from './settings.ts';
import { sayUnused } from './unused-weights.ts';
import type { OpenedInputs } from './host.ts';
import type { Opening, Reading } from './workspace.ts';

/** What ends in a dash, not in a stop: a file that no source gives now. */
const ABSENT: ReadonlySet<string> = new Set(['SOURCE', 'OFFLINE', 'CHECKSUM']);

export interface OpenParams {
  readonly inputs: OpenedInputs;
  readonly reading: Reading;
  readonly opening: Opening;
  readonly encoderChoices: readonly EncoderRef[];
  readonly datasetChoices: readonly DatasetRef[];
  readonly settings: Settings;
  readonly includes: (encoder: string, dataset: string) => boolean;
  readonly warn: (line: string) => void;
  readonly verbose: boolean;
  /** The encoders are trained, too: the frozen ones must be the same files. */
  readonly trained: boolean;
}

/** Opens all that is scored. Everything that planning can see is seen here: throws what ends the run before anything is written. */
export async function openAll({
  inputs,
  reading,
  opening,
  encoderChoices,
  datasetChoices,
  settings,
  includes,
  warn,
  verbose,
  trained,
}: OpenParams): Promise<{ encoders: GridEncoder[]; datasets: GridDataset[] }> {
  let complaints: Complaint[] = [];
  const absent = (error: unknown): string => {
    if (!(error instanceof HarnessError) || !ABSENT.has(error.code)) throw error;
    complaints.push(error.complaint);
    return reason(error);
  };
  const datasets: GridDataset[] = [];
  for (const choice of datasetChoices) {
    if (!encoderChoices.some(({ name }) => includes(name, choice.name))) continue;
    try {
      const dataset = await inputs.dataset(choice, reading);
      const protocols = protocolsOf(dataset, settings.protocols);
      if (protocols.length < settings.protocols.length) warn(`${dataset.key} has a train set alone: no rows of fit-train.`);
      checkProtocols({ dataset, protocols, ks: settings.ks });
      datasets.push({ name: choice.name, ref: choice, dataset, protocols });
    } catch (error) {
      datasets.push({ name: choice.name, ref: choice, missing: absent(error) });
    }
  }
  if (datasets.length > 0 && datasets.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  complaints = [];
  const encoders: GridEncoder[] = [];
  for (const choice of encoderChoices) {
    if (!datasetChoices.some(({ name }) => includes(choice.name, name))) continue;
    try {
      const encoder = trained ? (await inputs.trained(choice, opening)).encoder : await inputs.encoder(choice, opening);
      if (encoder.maxLength < (settings.maxLength ?? 0)) {
        warn(`${choice.name} has ${encoder.maxLength} positions: its texts are cut there, not at ${settings.maxLength}.`);
      }
      if (verbose) sayUnused(encoder, warn);
      encoderVectors(encoder, choice.name, settings);
      checkPoolings(settings.poolings, encoder);
      const leftOut = poolingsLeftOut(settings.poolings, encoder);
      if (leftOut !== undefined) warn(`${choice.name}: ${leftOut}`);
      const first = choice.kind === 'entry' ? choice.entry.variants[0]?.dtype : undefined;
      if (settings.dtype === undefined && first !== undefined && encoder.dtype !== first) {
        warn(`${choice.name}: ${first} is out of reach, ${encoder.dtype} is taken (${option('dtype')} decides).`);
      }
      encoders.push({ name: choice.name, ref: choice, encoder });
    } catch (error) {
      encoders.push({ name: choice.name, ref: choice, missing: absent(error) });
    }
  }
  if (encoders.length > 0 && encoders.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  return { encoders, datasets };
}
