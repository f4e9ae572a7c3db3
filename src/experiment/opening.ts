import { itemsOf } from '../datasets/items.ts';
import { checkPoolings, poolingsLeftOut } from '../embed/static-poolings.ts';
import { NO_PROMPT } from '../encoders/prompts.ts';
import { HarnessError, reason, type Complaint } from '../errors.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import { togetherComplaint } from './complaints.ts';
import { checkPrompts, eachPrompt, promptedWith, type Prompts, type Unprompted } from './prompted.ts';
import type { GridDataset, GridEncoder } from './grid.ts';
import { encoderVectors } from './encoder-vectors.ts';
import { memberOf } from './score-grid.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import { protocolsOf, type Settings } from './settings.ts';
import { sayTokenBudget } from './say-token-budget.ts';
import { sayUnused } from './unused-weights.ts';
import type { OpenedInputs } from './host.ts';
import type { Opening, Reading } from './workspace.ts';

/** Errors that become a dash instead of ending the run: a file that is not available now. */
const ABSENT: ReadonlySet<string> = new Set(['SOURCE', 'OFFLINE', 'CHECKSUM']);

export interface OpenParams {
  readonly inputs: OpenedInputs;
  readonly reading: Reading;
  readonly opening: Opening;
  readonly encoderChoices: readonly EncoderRef[];
  readonly datasetChoices: readonly DatasetRef[];
  readonly settings: Settings;
  readonly prompts?: Prompts;
  /** A shard opens only some of the encoders: options that these lack may apply to others. */
  readonly isPart?: boolean | undefined;
  readonly includes: (encoder: string, dataset: string) => boolean;
  readonly warn: (line: string) => void;
  readonly verbose: boolean;
  /** The encoders are also fine-tuned: the frozen ones must be the same files. */
  readonly trained: boolean;
}

/** Opens all that is scored, with all checks that need no computation: throws whatever ends the run before anything is written. */
export async function openAll({
  inputs,
  reading,
  opening,
  encoderChoices,
  datasetChoices,
  settings,
  prompts,
  isPart = false,
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
      const protocols = protocolsOf(dataset, settings);
      if (protocols.length < settings.protocols.length) warn(`${dataset.key} has only a train split: no fit-train results.`);
      checkProtocols({ dataset: itemsOf(dataset), protocols, ks: settings.ks, ofWords: dataset.task === 'token-classification' });
      datasets.push({ name: choice.name, ref: choice, dataset, protocols });
    } catch (error) {
      datasets.push({ name: choice.name, ref: choice, missing: absent(error) });
    }
  }
  if (datasets.length > 0 && datasets.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  complaints = [];
  const encoders: GridEncoder[] = [];
  const unprompted: Unprompted[] = [];
  const base = prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT };
  for (const choice of encoderChoices) {
    if (!datasetChoices.some(({ name }) => includes(choice.name, name))) continue;
    try {
      const encoder = trained ? (await inputs.trained(choice, base)).encoder : await inputs.encoder(choice, base);
      if (encoder.maxLength < (settings.maxLength ?? 0)) {
        warn(`${choice.name} has ${encoder.maxLength} positions: texts are truncated to that, not to ${settings.maxLength}.`);
      }
      if (verbose) {
        sayUnused(encoder, warn);
        sayTokenBudget(encoder, { tokenBudget: settings.tokenBudget, say: warn });
      }
      encoderVectors(encoder, choice.name, settings);
      checkPoolings(settings.poolings, encoder);
      const leftOut = poolingsLeftOut(settings.poolings, encoder);
      if (leftOut !== undefined) warn(`${choice.name}: ${leftOut}`);
      for (const each of promptedWith({ encoder }, prompts, (of, prompt) => ({ encoder: inputs.prompted(of.encoder, prompt) }))) {
        const about = { name: choice.name, ref: choice, prompt: each.prompt };
        if ('opened' in each) {
          encoders.push({ ...about, encoder: each.opened.encoder });
        } else {
          encoders.push({ ...about, missing: reason(each.error) });
          unprompted.push({ encoder: choice.name, prompt: each.prompt!, error: each.error });
        }
      }
    } catch (error) {
      const missing = absent(error);
      encoders.push(...eachPrompt(prompts).map((prompt) => ({ name: choice.name, ref: choice, prompt, missing })));
    }
  }
  const opened = new Set(encoders.flatMap((item) => ('encoder' in item ? [item.name] : unprompted.map(({ encoder }) => encoder))));
  if (!isPart) checkPrompts(unprompted, opened.size);
  checkDims(encoders, settings);
  if (encoders.length > 0 && encoders.every((item) => 'missing' in item)) throw togetherComplaint(complaints);
  return { encoders, datasets };
}

/**
 * A dimension that exceeds one of several encoders' vectors is a failure of that encoder; one that exceeds all is an error. Throws OPTION.
 */
export function checkDims(encoders: readonly GridEncoder[], settings: Settings): void {
  const members = encoders.flatMap((item) => ('encoder' in item ? [memberOf(item, settings)] : []));
  for (const dim of settings.dims ?? []) {
    const has = members.some(({ vectors }) => vectors.some((vector) => vector.dim === dim));
    const short = members.flatMap(({ lacking }) => lacking.filter(({ vector }) => vector.dim === dim));
    if (dim !== 'full' && !has && short.length > 0) throw short[0]!.error;
  }
}
