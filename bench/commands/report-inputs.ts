import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { datasetName } from '../../src/datasets/formats.ts';
import yargs, { type Options } from 'yargs';
import { TASKS, type Dataset } from '../../src/datasets/dataset.ts';
import { wasDeduplicated } from '../../src/datasets/deduplicate.ts';
import { limitFrom } from '../../src/datasets/limit.ts';
import { heldOutFrom, SPLIT_SHARES, withMissingSplits } from '../../src/datasets/missing-splits.ts';
import { promptOfColumn } from '../../src/encoders/prompts.ts';
import type { Encoder } from '../../src/encoders/encoder.ts';
import { HarnessError, reason } from '../../src/errors.ts';
import { ownEncoder, registryEncoder } from '../../src/opening/encoder-ref.ts';
import { findDataset } from '../../src/registry/datasets.ts';
import type { Progress } from '../../src/progress.ts';
import { splitCut } from '../../src/results/encoder-names.ts';
import type { Row } from '../../src/results/row.ts';
import { withUniqueDatasetNames, withUniqueEncoderNames, type DatasetRef, type EncoderRef } from '../../src/experiment/refs.ts';
import type { Workspace } from '../../src/experiment/workspace.ts';
import { isOwn } from '../../src/experiment/named-refs.ts';
import { parseRequest } from '../../src/experiment/read-request.ts';
import { datasetOptions, encoderOptions, registryOptions, type Request } from '../../src/experiment/request.ts';
import { chosenDatasets, DATASET_FLAGS, ENCODER_FLAGS, openingOf, openWorkspace, readingOf } from '../flags/inputs.ts';
import { pathEnds } from '../../src/experiment/unique-names.ts';
import { flagged } from '../flags/flag-names.ts';
import { flagOf } from '../flags/table.ts';
import { RESOURCE_OPTIONS, SEED_OPTION, SOURCE_OPTIONS, texts, whole } from '../flags/options.ts';
import { OPENED_FLAGS } from '../flags/own-inputs.ts';
import { identityOf } from '../../src/experiment/rows.ts';
import type { Arguments, Terminal } from '../command-module.ts';

/**
 * Finds the inputs that a results folder's rows were made from: by the given flags, by those of the original run, and in the registries.
 */

const { 'models-file': modelsFile, 'datasets-file': datasetsFile } = SOURCE_OPTIONS;
/** Flags of the recorded command that concern its inputs. Where files are cached is up to the reader. */
const RECORDED = [
  { ...ENCODER_FLAGS, ...RESOURCE_OPTIONS },
  { ...DATASET_FLAGS, ...SEED_OPTION },
  { 'models-file': modelsFile },
  { 'datasets-file': datasetsFile },
] as const;

const OF_ROWS: ReadonlySet<string> = new Set([
  'first-layers',
  'max-length',
  'prompt',
  'threads',
  'token-budget',
  'labels',
  'limit',
  'seed',
  'deduplicate',
]);

export interface Recorded {
  readonly flags: Readonly<Record<string, unknown>>;
  /** `--model hf:org/name`, `--dataset a.csv`: named in the command, but never opened on this machine. Not among the flags. */
  readonly foreign: readonly string[];
}

export interface RecordedParams {
  readonly folder: string;
  /** Flags given to the report itself. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Whether an input was opened on this machine before, or may be. */
  readonly trusted: Trusted;
}

/** Flags of the command in run.json, except those of a kind that is given; none if there is no such command. */
export async function recordedFlags({ folder, given, trusted }: RecordedParams): Promise<Recorded> {
  const { command, request } = await readFile(path.join(folder, 'run.json'), 'utf8')
    .then((text) => JSON.parse(text) as { command?: unknown; request?: unknown })
    .catch(() => ({ command: undefined, request: undefined }));
  const asked = attempt(() => parseRequest(request));
  if (asked === undefined && !Array.isArray(command)) return { flags: {}, foreign: [] };
  const options = Object.fromEntries(
    RECORDED.flatMap((kind) => Object.entries(kind)).map(([flag, option]) => [
      flag,
      { ...(option as Options), default: undefined, defaultDescription: undefined },
    ]),
  );
  const argv =
    asked !== undefined
      ? requestedFlags(asked)
      : ((await yargs((command as unknown[]).map(String))
          .options(options)
          .parserConfiguration({
            'camel-case-expansion': false,
            'boolean-negation': false,
            'dot-notation': false,
            'duplicate-arguments-array': true,
          })
          .version(false)
          .help(false)
          .exitProcess(false)
          .fail(() => undefined)
          .parse()) as Record<string, unknown>);
  const gone = (flag: string): boolean => flag.endsWith('-file') && !existsSync(String(argv[flag]));
  // What the rows determine is read from them.
  const kinds = RECORDED.map((kind) => Object.keys(kind).filter((flag) => !OF_ROWS.has(flag)));
  const flags = Object.fromEntries(
    kinds
      .filter((kind) => kind.every((flag) => given[flag] === undefined))
      .flat()
      .filter((flag) => [argv[flag]].flat()[0] !== undefined)
      .map((flag) => [flag, argv[flag]]),
  );
  const foreign: string[] = [];
  for (const flag of OPENED_FLAGS) {
    const values = texts({ ...flags, _: [] }, flag);
    const strange = values.filter((value) => !trusted(flag, value) && !isKey(flag, value));
    foreign.push(...strange.map((value) => `--${flag} ${value}`));
    if (strange.length > 0) flags[flag] = strange.length === values.length ? undefined : values.filter((value) => !strange.includes(value));
  }
  return { flags: Object.fromEntries(Object.entries(flags).filter(([flag, value]) => value !== undefined && !gone(flag))), foreign };
}

/** Inputs of a request as equivalent flags. */
function requestedFlags(request: Request): Record<string, unknown> {
  const { encoders = [], datasets = [] } = request;
  const fields = Object.entries({ ...encoderOptions, ...datasetOptions, ...registryOptions }).filter(
    ([field]) => field !== 'encoders' && field !== 'datasets',
  );
  const given = fields.map(([field]) => [flagOf(field), (request as unknown as Record<string, unknown>)[field]]);
  return {
    ...Object.fromEntries(given),
    encoders: keysOf(encoders),
    model: ownOf(encoders),
    datasets: keysOf(datasets),
    dataset: ownOf(datasets),
  };
}

/** Registry keys as a flag value. */
function keysOf(names: readonly string[]): string | undefined {
  return names.filter((name) => !isOwn(name)).join(',') || undefined;
}

function ownOf(names: readonly string[]): string[] | undefined {
  return names.some(isOwn) ? names.filter(isOwn) : undefined;
}

/** Whether a value can only be a registry key, whose files are pinned: a bare word that is not a local file. */
function isKey(flag: (typeof OPENED_FLAGS)[number], value: string): boolean {
  return flag === 'dataset' && /^[\w-]+$/.test(value) && !existsSync(value);
}

/** Whether an input may be opened without asking. */
export type Trusted = (flag: (typeof OPENED_FLAGS)[number], value: string) => boolean;

/** Hub repositories of rows that were never opened on this machine, as flags that would name them. */
export function foreignRows(rows: readonly Row[], trusted: Trusted): string[] {
  return [
    ...new Set(
      rows
        .map(hubSource)
        .filter((source) => source !== undefined && !trusted('model', source))
        .map((source) => `--model ${source}`),
    ),
  ];
}

/** Hub repository of a row's encoder, at its commit; undefined for an encoder from a registry or a folder. */
function hubSource({ encoder, revision }: Row): string | undefined {
  const { base } = splitCut(encoder);
  return /^[\w.-]+\/[\w.-]+$/.test(base) && /^[0-9a-f]{40}$/.test(revision) ? `hf:${base}@${revision}` : undefined;
}

/** Commits of the hub datasets that the last run read, by their names in its rows; empty if it recorded none. */
export async function recordedSources(folder: string): Promise<ReadonlyMap<string, string>> {
  const sources = await readFile(path.join(folder, 'run.json'), 'utf8')
    .then((text) => (JSON.parse(text) as { sources?: unknown }).sources)
    .catch(() => undefined);
  if (typeof sources !== 'object' || sources === null) return new Map();
  return new Map(
    Object.entries(sources).flatMap(([name, source]) => {
      const commit = typeof source === 'string' ? /@([0-9a-f]{40})$/.exec(source)?.[1] : undefined;
      return commit === undefined ? [] : [[name, commit]];
    }),
  );
}

export class ReportInputs {
  readonly workspace: Workspace;
  readonly #here: Workspace;
  readonly #argv: Arguments;
  readonly #progress: Progress;
  readonly #terminal: Pick<Terminal, 'err'>;
  readonly #commits: ReadonlyMap<string, string>;
  readonly #trusted: Trusted;

  /** `commits`: revision of a hub dataset at the time of scoring, by its name; else its current revision. */
  constructor(
    argv: Arguments,
    progress: Progress,
    {
      trusted,
      commits,
      terminal,
    }: { readonly trusted: Trusted; readonly commits: ReadonlyMap<string, string>; readonly terminal: Pick<Terminal, 'err'> },
  ) {
    this.#terminal = terminal;
    this.#trusted = trusted;
    this.#argv = argv;
    this.#progress = progress;
    this.#commits = commits;
    this.workspace = openWorkspace(argv, progress, terminal);
    this.#here = openWorkspace({ ...argv, offline: true }, progress, terminal);
  }

  /** The dataset of a row as it was scored. Throws what sources and readers throw; DATA if its texts or classes have changed. */
  async openDataset(row: Row): Promise<Dataset> {
    const { choice, argv } = this.#datasetChoice(row);
    const read = await openWorkspace(argv, this.#progress, this.#terminal).openDataset(choice, {
      ...readingOf(argv),
      task: TASKS.find((task) => task === row.task) ?? 'classification',
      deduplicate: wasDeduplicated(row.sample),
      labels: row.labels === 'all' ? 'all' : 'first',
      limit: undefined,
      seed: 1,
      ...limitFrom(row.sample),
    });
    // If a dataset has no dev or test set, one was held out when encoders were fine-tuned on it.
    const cut = heldOutFrom(row.sample);
    const dataset = cut === undefined ? read : withMissingSplits(read, { ...SPLIT_SHARES, ...cut });
    if (!dataset.hash.startsWith(row.data_hash) || row.data_hash === '') {
      throw new HarnessError('DATA', { what: 'Its texts or classes have changed since they were scored.' });
    }
    return dataset;
  }

  /** Whether the encoder of a row is found by a flag or in a registry. */
  isNamed(row: Row): boolean {
    return attempt(() => this.#encoderChoice(row)) !== undefined;
  }

  #datasetChoice(row: Row): { readonly choice: DatasetRef; readonly argv: Arguments } {
    const files = texts(this.#argv, 'dataset').filter((value) => value.startsWith('hf:') || existsSync(value));
    const choices = withUniqueDatasetNames(chosenDatasets({ ...this.#argv, dataset: files, datasets: undefined }, this.workspace));
    // Another run may have named the same file along with others.
    const choice =
      choices.find(({ name }) => name === row.dataset) ??
      choices.find(
        (each) => each.kind === 'file' && endsSo(path.join(path.dirname(path.resolve(each.file)), datasetName(each.file)), row.dataset),
      );
    const commit = this.#commits.get(row.dataset);
    if (choice?.kind === 'hub' && commit !== undefined) {
      return { choice: { ...choice, reference: { ...choice.reference, revision: commit } }, argv: { ...this.#argv, datasets: undefined } };
    }
    if (choice !== undefined) return { choice: { ...choice, name: row.dataset }, argv: { ...this.#argv, datasets: undefined } };
    if (!this.workspace.datasets.has(row.dataset))
      throw new HarnessError('UNKNOWN_NAME', {
        where: row.dataset,
        what: 'File not found.',
        hint: 'Name it with --dataset, and its columns, as in the run.',
      });
    const entry = findDataset(this.workspace.datasets, row.dataset);
    return {
      choice: { kind: 'entry', name: entry.key, entry },
      argv: { ...this.#argv, 'label-field': entry.labelFields.length > 1 ? row.label_field : undefined },
    };
  }

  /**
   * The encoder of a row. `fetch`: its files may be downloaded. Throws what sources and `openEncoder` throw; DATA if its files have
   * changed.
   */
  async openEncoder(row: Row, { fetch }: { readonly fetch: boolean }): Promise<Encoder> {
    const workspace = fetch ? this.workspace : this.#here;
    const opening = {
      ...openingOf({ ...this.#argv, device: row.device || undefined, dtype: undefined, 'max-length': undefined, prompt: undefined }),
      prompt: promptOfColumn(row.prompt),
    };
    const choice = this.#encoderChoice(row);
    const maxLength = whole({ _: [], 'max-length': row.max_length === '' ? undefined : row.max_length }, 'max-length');
    const asked = texts(this.#argv, 'dtype')[0];
    let encoder = await workspace.openEncoder(choice, { ...opening, dtype: asked, maxLength });
    if (encoder.dtype !== row.dtype && asked === undefined)
      encoder = await workspace.openEncoder(choice, { ...opening, dtype: row.dtype, maxLength });
    const { fileHash, tokenizerHash, dtype, attention } = identityOf(encoder);
    if (fileHash !== row.file_hash || tokenizerHash !== row.tokenizer_hash || dtype !== row.dtype || attention !== row.attention) {
      throw new HarnessError('DATA', { where: row.encoder, what: 'Its files or settings have changed since it was scored.' });
    }
    return encoder;
  }

  #encoderChoice(row: Row): EncoderRef {
    const { encoder: name } = row;
    const { base, cut } = splitCut(name);
    const firstLayers = cut === '' ? undefined : Number(cut);
    const dtype = texts(this.#argv, 'dtype')[0];
    const own = (layers: number | undefined) =>
      texts(this.#argv, 'model').flatMap((value) => attempt(() => ownEncoder({ value, firstLayers: layers, dtype })) ?? []);
    const ways = [undefined, ...(firstLayers === undefined ? [] : [firstLayers])];
    for (const layers of ways) {
      const found = (attempt(() => withUniqueEncoderNames(own(layers))) ?? []).find((choice) => choice.name === name);
      if (found !== undefined) return found;
    }
    for (const layers of ways) {
      const found = own(layers).find(
        (choice) => choice.kind === 'folder' && !choice.named && endsSo(choice.folder, layers === undefined ? name : base),
      );
      if (found !== undefined) return { ...found, name };
    }
    if (this.workspace.models.has(base)) return registryEncoder(this.workspace.models, name);
    const source = hubSource(row);
    if (source !== undefined) {
      if (!this.#trusted('model', source)) {
        throw new HarnessError('UNKNOWN_NAME', {
          where: name,
          what: 'This repository was never opened on this machine.',
          hint: `Name it with --model hf:${base}, or give --trust-run.`,
        });
      }
      return { ...ownEncoder({ value: source, firstLayers, dtype: undefined }), name };
    }
    throw new HarnessError('UNKNOWN_NAME', {
      where: name,
      what: 'Folder not found.',
      hint: 'Name it with --model, as in the run.',
    });
  }
}

/** Whether a path ends with the name in a table: another run may have named it along with others. */
function endsSo(place: string, name: string): boolean {
  return pathEnds(place, 1).includes(name);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Why an input could not be opened, as a line of the page. Throws an internal error. */
export function unopened(error: unknown): string {
  if (!(error instanceof HarnessError) || error.code === 'INTERNAL') throw error;
  // A page may be published: it should not reveal where the user's files are.
  return flagged(reason(error)).replaceAll(homedir(), '~');
}
