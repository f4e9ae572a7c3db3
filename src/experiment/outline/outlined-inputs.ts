import type { Dataset } from '../../datasets/dataset.ts';
import { itemsOf } from '../../datasets/items.ts';
import { limitedCounts } from '../../datasets/limit.ts';
import type { Encoder } from '../../encoders/encoder.ts';
import { NO_PROMPT, type PromptChoice } from '../../encoders/prompts.ts';
import { checkNeighbours, checkProtocols } from '../../knn/check-protocols.ts';
import { combineAvailability } from '../../sources/availability.ts';
import type { Availability } from '../../sources/types.ts';
import { checkMapped } from '../map-vector.ts';
import { checkDims } from '../opening.ts';
import { checkPlaces } from '../plan-estimates.ts';
import { type Unprompted, checkPrompts, eachPrompt, promptedWith } from '../prompted.ts';
import type { DatasetRef, EncoderRef } from '../refs.ts';
import type { Experiment } from '../resolve/experiment.ts';
import { type Settings, protocolsOf } from '../settings.ts';
import type { Shard } from '../shard.ts';
import type { Workspace } from '../workspace.ts';

interface Outlined<T> {
  readonly name: string;
  readonly availability: Availability;
  /** The opened encoder or dataset, if it is on this disk already. */
  readonly opened: T | undefined;
}

export interface OutlinedEncoder extends Outlined<Encoder> {
  readonly ref: EncoderRef;
  /** Number of layers, from its file or else the registry. */
  readonly depth: number | undefined;
}

export interface OutlinedDataset extends Outlined<Dataset> {
  readonly ref: DatasetRef;
  /** From its files or else the registry. */
  readonly texts: number | undefined;
  readonly splits: number | undefined;
}

/** The registry's name for encoders without layers. */
const STATIC_FAMILY = 'model2vec';

/** An encoder with a prompt. */
export interface PromptedEncoder extends OutlinedEncoder {
  readonly prompt: PromptChoice | undefined;
}

/** Encoders with each prompt that they can be used with. Throws OPTION for a prompt, or a number of dimensions, that fits none of them. */
export function promptedEncoders(
  encoders: readonly OutlinedEncoder[],
  experiment: Experiment,
  { workspace, shard }: { readonly workspace: Workspace; readonly shard: Shard | undefined },
): PromptedEncoder[] {
  const unprompted: Unprompted[] = [];
  const found = encoders.flatMap((encoder): PromptedEncoder[] => {
    const { opened } = encoder;
    if (opened === undefined) return eachPrompt(experiment.prompts).map((prompt) => ({ ...encoder, prompt }));
    const withEach = promptedWith({ encoder: opened }, experiment.prompts, (of, prompt) => ({
      encoder: workspace.prompted(of.encoder, prompt),
    }));
    return withEach.flatMap((each) => {
      if ('opened' in each) return [{ ...encoder, prompt: each.prompt, opened: each.opened.encoder }];
      unprompted.push({ encoder: encoder.name, prompt: each.prompt!, error: each.error });
      return [];
    });
  });
  // Encoders that are not on this disk cannot be checked.
  if (shard === undefined) checkPrompts(unprompted, encoders.length);
  const opened = found.flatMap((each) => (each.opened === undefined ? [] : [{ name: each.name, encoder: each.opened }]));
  if (opened.length === found.length) checkLengths(experiment, opened);
  return found;
}

/** Throws OPTION if the vectors of every encoder have fewer dimensions than are to be kept. */
function checkLengths(experiment: Experiment, opened: readonly { readonly name: string; readonly encoder: Encoder }[]): void {
  if (experiment.command === 'run') checkDims(opened, experiment.settings);
  if (experiment.command === 'rank')
    checkPlaces(
      opened.map(({ encoder }) => encoder),
      experiment.settings,
    );
  if (experiment.command === 'map')
    checkMapped(
      opened.map(({ encoder }) => encoder),
      experiment.settings,
    );
}

function onDisk({ state }: Availability): boolean {
  return state === 'cached' || state === 'mirrored' || state === 'local';
}

export async function outlinedEncoder(ref: EncoderRef, { opening, prompts }: Experiment, workspace: Workspace): Promise<OutlinedEncoder> {
  const availability = await encoderAvailability(ref, opening.dtype, workspace);
  const opened = onDisk(availability)
    ? await workspace.openEncoder(ref, prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT })
    : undefined;
  const listed = ref.kind === 'entry' ? (ref.entry.layers ?? (ref.entry.family === STATIC_FAMILY ? 0 : undefined)) : undefined;
  return { name: ref.name, ref, availability, opened, depth: opened?.depth ?? ref.firstLayers ?? listed };
}

async function encoderAvailability(ref: EncoderRef, dtype: string | undefined, { sources }: Workspace): Promise<Availability> {
  switch (ref.kind) {
    case 'folder':
      return { state: 'local', bytes: 0 };
    case 'hub':
      return sources.planHubModel({ source: ref.source, dtype });
    case 'entry':
      return ref.entry.variants.length === 0 ? { state: 'missing', bytes: undefined } : sources.planModel(ref.entry, { dtype });
    default:
      return ref satisfies never;
  }
}

export async function outlinedDataset(ref: DatasetRef, experiment: Experiment, workspace: Workspace): Promise<OutlinedDataset> {
  const { reading } = experiment;
  const availability = await datasetAvailability(ref, workspace);
  const opened = onDisk(availability) ? await workspace.openDataset(ref, reading) : undefined;
  const rows = ref.kind === 'entry' ? (ref.entry.rows ?? {}) : {};
  const listed = Object.values(rows).filter((count) => count > 0);
  if (experiment.command === 'run') {
    const { settings } = experiment;
    if (opened !== undefined)
      checkProtocols({
        dataset: itemsOf(opened),
        protocols: protocolsOf(opened, settings),
        ks: settings.ks,
        ofWords: opened.task === 'token-classification',
      });
    else if (listed.length > 0) checkListed({ key: ref.name, rows, settings });
  }
  const texts = listed.length === 0 ? undefined : limitedCounts(rows, reading.limit).all;
  return {
    name: ref.name,
    ref,
    availability,
    opened,
    texts: opened?.texts.length ?? texts,
    splits: opened === undefined ? listed.length || undefined : new Set(opened.split).size,
  };
}

async function datasetAvailability(ref: DatasetRef, workspace: Workspace): Promise<Availability> {
  if (ref.kind === 'file') return { state: 'local', bytes: 0 };
  if (ref.kind === 'hub') return workspace.planHubDataset(ref);
  return combineAvailability(await Promise.all(ref.entry.files.map((file) => workspace.sources.planFile(file))));
}

interface Listed {
  readonly key: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly settings: Settings;
}

/** Checks, against the registry entry, what a dataset that is not on this disk cannot be scored by. Throws OPTION. */
function checkListed({ key, rows, settings: { protocols, ks, limit } }: Listed): void {
  const { train, all } = limitedCounts(rows, limit);
  // The share of a sample that falls into train is not known in advance.
  for (const protocol of protocols) {
    if (protocol !== 'fit-train') checkNeighbours({ protocol, key, rows: all, k: Math.max(...ks) });
    else if (train > 0 && train < all) checkNeighbours({ protocol, key, rows: train, k: Math.max(...ks) });
  }
}
