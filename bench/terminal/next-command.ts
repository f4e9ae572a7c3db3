import { encoderValue, type EncoderRef } from '../../src/opening/encoder-ref.ts';
import type { DatasetRef } from '../../src/experiment/refs.ts';
import { fieldOf } from '../../src/experiment/read-request.ts';
import { datasetOptions, deviceOptions, registryOptions } from '../../src/experiment/request.ts';
import type { RankedList } from '../../src/report/verdict/ranked-list.ts';
import { flagOf } from '../flags/table.ts';
import path from 'node:path';
import { z } from 'zod';

export interface NextCommandParams {
  readonly experiment: { readonly encoders: readonly EncoderRef[]; readonly datasets: readonly DatasetRef[] };
  readonly request: Readonly<Record<string, unknown>>;
  /** The answer for each dataset. */
  readonly lists: readonly Pick<RankedList, 'lines' | 'test'>[];
}

/** Maximum time of the proposed choice. */
const BUDGET = '30m';
/** Where a proposed command saves its model. */
const MODEL = './model';

/**
 * The next command after a comparison of frozen encoders on one dataset: fine-tune the one that is significantly better than the others, or
 * let fine-tuning decide between several. Undefined if nothing was compared, or several datasets were.
 */
export function nextCommand({
  experiment: { encoders, datasets },
  request,
  lists: [list, ...more],
}: NextCommandParams): string[] | undefined {
  if (list === undefined || more.length > 0 || datasets.length !== 1 || list.lines.length < 2) return undefined;
  const [first] = list.lines;
  const open = list.test === 'none' || first!.tied;
  const names = open ? list.lines.filter(({ tied }) => list.test === 'none' || tied).map(({ encoder }) => encoder) : [first!.encoder];
  const chosen = encoders.filter(({ name }) => names.includes(name));
  const [{ firstLayers, kind } = { firstLayers: undefined, kind: 'entry' }] = chosen;
  // One flag truncates all encoders that are not registry keys.
  const cut = kind === 'entry' || firstLayers === undefined ? [] : ['--first-layers', String(firstLayers)];
  const encoderWords = chosen.flatMap((ref) => (ref.kind === 'entry' ? [] : ['--model', valueOf(ref)]));
  const keys = chosen.flatMap((ref) => (ref.kind === 'entry' ? [ref.name] : []));
  return [
    ...(open ? ['choose'] : ['finetune']),
    ...datasetWords(datasets[0]!),
    ...readingWords(request),
    ...(keys.length === 0 ? [] : ['--encoders', keys.join(',')]),
    ...encoderWords,
    ...cut,
    ...(open ? ['--budget', BUDGET] : []),
    '--save',
    MODEL,
  ];
}

/** Reference that selects the encoder again; a folder's usual ONNX file need not be named. */
function valueOf(ref: EncoderRef): string {
  const usual =
    ref.kind === 'folder' &&
    ref.onnx !== undefined &&
    ['model.onnx', 'onnx/model.onnx'].some((name) => path.join(ref.folder, name) === ref.onnx);
  return encoderValue(usual ? { ...ref, onnx: undefined } : ref);
}

function datasetWords(ref: DatasetRef): string[] {
  if (ref.kind === 'entry') return ['--datasets', ref.name];
  if (ref.kind === 'file') return ['--dataset', ref.file];
  const { id, config, revision } = ref.reference;
  return ['--dataset', `hf:${id}${config === undefined ? '' : `:${config}`}${revision === 'main' ? '' : `@${revision}`}`];
}

/** How its rows are read, and the device, if specified. Sampling for a first look is not repeated for training. */
function readingWords(request: NextCommandParams['request']): string[] {
  const { datasets: _datasets, limit: _limit, ...shape } = { ...datasetOptions, ...registryOptions, ...deviceOptions };
  return Object.entries(shape as Readonly<Record<string, z.ZodType>>).flatMap(([field, schema]) => {
    const value = request[field];
    const inner = fieldOf(schema);
    if (value === undefined || value === (schema instanceof z.ZodDefault ? schema.parse(undefined) : undefined)) return [];
    if (inner instanceof z.ZodBoolean) return value === true ? [`--${flagOf(field)}`] : [];
    return [`--${flagOf(field)}`, String(value)];
  });
}
