import { openEncoder, type Encoder } from '../encoders/encoder.ts';
import type { Device } from '../devices/device.ts';
import type { FamilyOptions } from '../encoders/families/family.ts';
import type { PromptChoice } from '../encoders/prompts.ts';
import { option } from '../errors.ts';
import type { Sources } from '../sources/sources.ts';
import { withBase } from './adapter-base.ts';
import { isCheckpoint, type EncoderRef } from './encoder-ref.ts';
import { includedPrompt } from './instructors.ts';

/** Local paths of an encoder's files. */
export interface EncoderFiles {
  readonly folder: string;
  /** Path of the ONNX file; undefined if the folder holds a checkpoint. */
  readonly onnx: string | undefined;
  readonly revision: string;
  /** Files that would change vectors, if it is unknown whether the repository has them. */
  readonly unknown?: readonly string[] | undefined;
  /** Notes for the user on how they were combined, one sentence each. */
  readonly notes?: readonly string[] | undefined;
}

interface FilesParams {
  readonly ref: EncoderRef;
  readonly sources: Sources;
  /** The task whose adapter is to be merged in. */
  readonly task?: string | undefined;
}

export interface OpenEncoderRefParams extends Omit<FilesParams, 'task'> {
  readonly dtype: string | undefined;
  /** The user's limit; default: the registry's, then that of the encoder's files. */
  readonly maxLength: number | undefined;
  readonly options?: FamilyOptions | undefined;
  /** Text prepended to every text; if omitted, the prompt of the encoder's authors, if any. */
  readonly prompt?: PromptChoice | undefined;
  /** What it will run on. Default: the CPU. */
  readonly device?: Device | undefined;
}

/** Opens the encoder, downloading its files if needed. Throws as sources and `openEncoder` do. */
export async function openEncoderRef({ ref, sources, dtype, maxLength, options, prompt, device }: OpenEncoderRefParams): Promise<Encoder> {
  const { folder, onnx, revision, unknown = [], notes = [] } = await encoderFiles({ ref, sources, dtype, task: options?.task });
  const opened = await openEncoder({
    name: ref.name,
    folder,
    onnx,
    revision,
    firstLayers: ref.firstLayers,
    maxLength: maxLength ?? (ref.kind === 'entry' ? ref.entry.maxLength : undefined),
    dtype,
    options,
    prompt,
    prompts: ref.kind === 'entry' ? ref.entry.prompts : undefined,
    includePrompt: includedPrompt(ref),
    device,
    sha256: (file) => sources.hashOf(file),
  });
  const chosen = ref.kind === 'folder' ? (ref.notes ?? []) : otherVariant({ ref, dtype, onnx, taken: opened.dtype });
  const encoder = { ...opened, notes: [...opened.notes, ...notes, ...chosen] };
  if (!('reason' in encoder.published) || !unknown.includes('modules.json')) return encoder;
  const reason =
    `${folder}: The cached snapshot has no modules.json; the repository may have one. ` +
    'Run once while online to find out, or choose another pooling: cls, mean, …';
  return { ...encoder, published: { reason, absent: true } };
}

interface TakenVariant extends Pick<OpenEncoderRefParams, 'ref' | 'dtype'> {
  readonly onnx: string | undefined;
  /** Dtype of the opened weights. */
  readonly taken: string;
}

/**
 * A note that an entry's first variant was not used although the user named no dtype. The storage dtype of a checkpoint's weights (bf16,
 * fp16) is not another variant: its entry states the dtype it runs in.
 */
function otherVariant({ ref, dtype, onnx, taken }: TakenVariant): string[] {
  const first = ref.kind === 'entry' && dtype === undefined ? ref.entry.variants[0] : undefined;
  if (first === undefined || first.dtype === taken || (first.onnx === undefined && onnx === undefined)) return [];
  return [`${first.dtype} is unavailable, using ${taken}; ${option('dtype')} selects another.`];
}

/** An encoder's local files, downloaded if needed; an adapter's with those of its base. */
export async function encoderFiles(params: FilesParams & { readonly dtype: string | undefined }): Promise<EncoderFiles> {
  return complete(await ownFiles(params), params.sources);
}

async function complete<T extends Pick<EncoderFiles, 'folder' | 'onnx'>>(place: T, sources: Sources): Promise<T> {
  return place.onnx === undefined ? { ...place, ...(await withBase({ folder: place.folder, sources })) } : place;
}

async function ownFiles({ ref, sources, dtype, task }: FilesParams & { readonly dtype: string | undefined }): Promise<EncoderFiles> {
  switch (ref.kind) {
    case 'folder':
      return { folder: ref.folder, onnx: ref.onnx, revision: '' };
    case 'hub':
      return sources.fetchHubModel({ source: ref.source, dtype, task });
    case 'entry':
      return sources.fetchModel(ref.entry, dtype);
    default:
      return ref satisfies never;
  }
}

/** The same, but the checkpoint even if an encoder has an ONNX file too. */
export async function checkpointFiles(params: FilesParams): Promise<Omit<EncoderFiles, 'revision'>> {
  return complete(await ownCheckpoint(params), params.sources);
}

async function ownCheckpoint({ ref, sources, task }: FilesParams): Promise<Omit<EncoderFiles, 'revision'>> {
  switch (ref.kind) {
    case 'folder':
      return { folder: ref.folder, onnx: isCheckpoint(ref.folder) ? undefined : ref.onnx };
    case 'hub':
      return sources.fetchHubModel({ source: ref.source, checkpoint: true, task });
    case 'entry': {
      const checkpoints = ref.entry.variants.filter(({ onnx }) => onnx === undefined);
      return sources.fetchModel(checkpoints.length === 0 ? ref.entry : { ...ref.entry, variants: checkpoints });
    }
    default:
      return ref satisfies never;
  }
}
