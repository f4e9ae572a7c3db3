import type { Dataset } from '../src/datasets/dataset.ts';
import { limitedCounts } from '../src/datasets/limit.ts';
import { missingTexts } from '../src/embed/missing-texts.ts';
import { VectorStore } from '../src/embed/store.ts';
import { flopsPerToken } from '../src/encoders/cost.ts';
import type { Encoder } from '../src/encoders/encoder.ts';
import { checkNeighbours, checkProtocols } from '../src/knn/check-protocols.ts';
import { chooseIndex } from '../src/knn/choose.ts';
import { formatTable } from '../src/report/text-table.ts';
import { printable } from '../src/report/text.ts';
import { CONCAT_ALL } from '../src/results/encoder-names.ts';
import { encoderTitle, NO_TITLES } from '../src/report/titles.ts';
import { combineAvailability } from '../src/sources/availability.ts';
import type { Availability } from '../src/sources/types.ts';
import { encoderVectors } from '../src/experiment/score-grid.ts';
import type { DatasetRef, EncoderRef } from '../src/experiment/refs.ts';
import type { Opening, Reading, Workspace } from '../src/experiment/workspace.ts';
import type { Terminal } from './verb.ts';
import { protocolsOf, type Settings } from '../src/experiment/settings.ts';

/** What a thread multiplies a second in an encoder: a cautious guess, for minutes that are an estimate. */
const FLOPS_A_THREAD = 50e9;
/** English text, roughly. */
const CHARACTERS_A_TOKEN = 4.5;
/** Of a text that nobody has read yet: a sentence or two. */
const TYPICAL_TOKENS = 25;

export interface PlanParams {
  readonly workspace: Workspace;
  readonly reading: Reading;
  readonly opening: Opening;
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly settings: Settings;
  readonly terminal: Pick<Terminal, 'out' | 'width'>;
}

interface Planned<T> {
  readonly name: string;
  readonly plan: Availability;
  /** What it is, where it is on this disk already. */
  readonly opened: T | undefined;
}

interface PlannedEncoder extends Planned<Encoder> {
  /** Layers that count, by its file or else by the registry. */
  readonly depth: number | undefined;
}

interface PlannedDataset extends Planned<Dataset> {
  /** By its files or else by the registry. */
  readonly texts: number | undefined;
  readonly splits: number | undefined;
}

/** The plan of a run for a person: nothing is downloaded for it, and nothing written. Throws what would end the run. */
export async function planText({
  workspace,
  reading,
  opening,
  encoders,
  datasets,
  settings,
  terminal: { out, width },
}: PlanParams): Promise<string> {
  const plannedEncoders = await Promise.all(
    encoders.map(async (choice): Promise<PlannedEncoder> => {
      const plan = await encoderPlan(workspace, choice, settings.dtype);
      const opened = onDisk(plan) ? await workspace.openEncoder(choice, opening) : undefined;
      const listed = choice.kind === 'entry' ? choice.entry.layers : undefined;
      return { name: choice.name, plan, opened, depth: opened?.depth ?? choice.firstLayers ?? listed };
    }),
  );
  const plannedDatasets: PlannedDataset[] = [];
  for (const choice of datasets) {
    const plan = await datasetPlan(workspace, choice);
    const opened = onDisk(plan) ? await workspace.openDataset(choice, reading) : undefined;
    if (opened !== undefined) checkProtocols({ dataset: opened, protocols: protocolsOf(opened, settings.protocols), ks: settings.ks });
    const rows = choice.kind === 'entry' ? (choice.entry.rows ?? {}) : {};
    const listed = Object.values(rows).filter((count) => count > 0);
    if (opened === undefined && listed.length > 0) checkListed({ key: choice.name, rows, settings });
    const texts = listed.length === 0 ? undefined : limitedCounts(rows, settings.limit).all;
    plannedDatasets.push({
      name: choice.name,
      plan,
      opened,
      texts: opened?.texts.length ?? texts,
      splits: opened === undefined ? listed.length || undefined : new Set(opened.split).size,
    });
  }
  const store = new VectorStore(workspace.vectorFolder);
  let rows = 0;
  let seconds = 0;
  let unknownWork = false;
  const lines: string[][] = [];
  const concat = settings.concatNorms.length > 0 && encoders.length > 1;
  for (const dataset of plannedDatasets) {
    for (const encoder of plannedEncoders) {
      const cells = cellCount(encoder, dataset, settings);
      rows += cells ?? 0;
      const work = await workOf(encoder, dataset, settings, store);
      seconds += work?.seconds ?? 0;
      unknownWork ||= work === undefined;
      lines.push([
        printable(encoder.name),
        printable(dataset.name),
        String(cells ?? '?'),
        String(dataset.texts ?? '?'),
        String(work?.texts ?? dataset.texts ?? '?'),
        work === undefined ? '?' : formatDuration(work.seconds),
      ]);
    }
    if (!concat) continue;
    const cells = concatCount(plannedEncoders, dataset, settings);
    rows += cells ?? 0;
    lines.push([
      encoderTitle(NO_TITLES, CONCAT_ALL),
      printable(dataset.name),
      String(cells ?? '?'),
      String(dataset.texts ?? '?'),
      '0',
      formatDuration(0),
    ]);
  }
  const fetched = [...plannedEncoders, ...plannedDatasets].filter(({ plan }) => plan.state === 'download');
  const unknown = fetched.filter(({ plan }) => plan.bytes === undefined);
  const bytes = fetched.reduce((sum, { plan }) => sum + (plan.bytes ?? 0), 0);
  const missing = [...plannedEncoders, ...plannedDatasets].filter(({ plan }) => plan.state === 'missing');
  const largest = Math.max(0, ...plannedDatasets.map(({ texts }) => texts ?? 0));
  const minutes = `${formatDuration(seconds)} of embedding on ${settings.threads} threads (a guess at ${FLOPS_A_THREAD / 1e9} GFLOP/s a thread)`;
  const absent = plannedEncoders
    .filter(({ opened }) => opened === undefined)
    .map(({ name, depth }) => `${name}${depth === undefined ? '' : ` (${depth} layers)`}`);
  return [
    formatTable({
      head: ['encoder', 'data set', 'rows', 'texts', 'to embed', 'about'],
      rows: lines,
      names: 2,
      ruled: out.isTTY,
      width: width ?? Number.POSITIVE_INFINITY,
    }).text,
    `${rows} rows; ${unknownWork ? `${seconds > 0 ? `about ${minutes}, and ` : ''}embedding whose time is known once its files are here: ${[...absent, ...unreadTexts(plannedDatasets)].join(', ')}` : `about ${minutes}`}.`,
    `Neighbours: ${chooseIndex({ index: settings.index, rows: largest, queries: largest }).why}`,
    fetched.length === 0
      ? 'Nothing to download.'
      : `To download: ${[...(bytes > 0 ? [`${(bytes / 1e6).toFixed(1)} MB`] : []), ...(unknown.length > 0 ? [`${unknown.map(({ name }) => name).join(', ')} of a size nobody knows yet`] : [])].join(', and ')}. "?" is known once it is there.`,
    ...(missing.length === 0 ? [] : [`Out of reach, dashes in the tables: ${missing.map(({ name }) => name).join(', ')}.`]),
    '',
  ].join('\n');
}

function onDisk({ state }: Availability): boolean {
  return state === 'cached' || state === 'mirrored' || state === 'local';
}

async function encoderPlan(workspace: Workspace, choice: EncoderRef, dtype: string | undefined): Promise<Availability> {
  switch (choice.kind) {
    case 'folder':
      return { state: 'local', bytes: 0 };
    case 'hub':
      return workspace.sources.planHubModel({ source: choice.source, dtype });
    case 'entry':
      return choice.entry.variants.length === 0
        ? { state: 'missing', bytes: undefined }
        : workspace.sources.planModel(choice.entry, { dtype });
    default:
      return choice satisfies never;
  }
}

async function datasetPlan(workspace: Workspace, choice: DatasetRef): Promise<Availability> {
  if (choice.kind === 'file') return { state: 'local', bytes: 0 };
  if (choice.kind === 'hub') return workspace.planHubDataset(choice);
  return combineAvailability(await Promise.all(choice.entry.files.map((file) => workspace.sources.planFile(file))));
}

/** Cells of one vector of a data set. */
function scoresOf({ splits }: PlannedDataset, settings: Settings): number | undefined {
  if (splits === undefined) return undefined;
  const parts = settings.protocols.reduce((sum, protocol) => sum + (protocol !== 'fit-train' ? 1 : splits > 1 ? splits : 0), 0);
  return parts * settings.ks.length * settings.metrics.length * settings.votes.length;
}

function cellCount({ depth, opened, name }: PlannedEncoder, dataset: PlannedDataset, settings: Settings): number | undefined {
  const scores = scoresOf(dataset, settings);
  return depth === undefined || scores === undefined ? undefined : encoderVectors(opened ?? { depth }, name, settings).length * scores;
}

/** Cells of all encoders side by side: of the vectors that each of them has. */
function concatCount(encoders: readonly PlannedEncoder[], dataset: PlannedDataset, settings: Settings): number | undefined {
  const scores = scoresOf(dataset, settings);
  if (scores === undefined || encoders.some(({ depth }) => depth === undefined)) return undefined;
  const [first, ...others] = encoders.map(
    ({ depth, opened, name }) =>
      new Set(encoderVectors(opened ?? { depth: depth! }, name, settings).map(({ pooling, layers }) => `${pooling} ${layers}`)),
  );
  return [...first!].filter((vector) => others.every((other) => other.has(vector))).length * settings.concatNorms.length * scores;
}

/** What a data set that is not on this disk cannot be scored by, as its registry entry says. Throws OPTION. */
function checkListed({
  key,
  rows,
  settings: { protocols, ks, limit },
}: {
  key: string;
  rows: Readonly<Record<string, number>>;
  settings: Settings;
}): void {
  const { train, all } = limitedCounts(rows, limit);
  // Of a sample of a data set the share that falls into train is not known before.
  for (const protocol of protocols) {
    if (protocol !== 'fit-train') checkNeighbours({ protocol, key, rows: all, k: Math.max(...ks) });
    else if (train > 0 && train < all) checkNeighbours({ protocol, key, rows: train, k: Math.max(...ks) });
  }
}

function unreadTexts(datasets: readonly PlannedDataset[]): string[] {
  return datasets.filter(({ texts }) => texts === undefined).map(({ name }) => name);
}

/** Of a data set that nobody has read yet, all its texts and tokens as texts have as a rule. */
async function workOf(
  { opened: encoder, name }: Planned<Encoder>,
  { opened: dataset, texts: listed }: PlannedDataset,
  settings: Settings,
  store: VectorStore,
): Promise<{ texts: number; seconds: number } | undefined> {
  if (encoder === undefined || listed === undefined) return undefined;
  const specs = encoderVectors(encoder, name, settings).map(({ spec }) => spec);
  const missing = dataset === undefined ? undefined : await missingTexts({ encoder, texts: dataset.texts, specs, store });
  const tokens =
    missing === undefined
      ? listed * Math.min(encoder.maxLength, TYPICAL_TOKENS)
      : missing.reduce((sum, text) => sum + Math.min(encoder.maxLength, text.length / CHARACTERS_A_TOKEN + encoder.tokenizer.specials), 0);
  const share = encoder.depth / (encoder.states.length - 1);
  return {
    texts: missing?.length ?? listed,
    seconds: (tokens * flopsPerToken(encoder.model.proto.graph!) * share) / (FLOPS_A_THREAD * settings.threads),
  };
}

function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
