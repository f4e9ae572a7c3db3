import { HarnessError, option } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { adapterPaths, DTYPES, onnxPaths, weightPaths } from '../encoder-files.ts';
import type { SourceContext } from '../source-context.ts';
import { parseSource, type HubSource } from '../source.ts';
import { CHECKPOINT_DTYPES } from '../variant.ts';
import { partial } from './partial-snapshot.ts';
import { needsCheckpoint } from './static-repository.ts';

export interface HubRequest {
  /** `hf:org/name[@revision]` */
  readonly source: string;
  readonly dtype?: string | undefined;
  /** The checkpoint, even if there are ONNX files. */
  readonly checkpoint?: boolean | undefined;
  /** The task whose adapter is merged in: its folder. */
  readonly task?: string | undefined;
}

/** The equivalent registry entry of a repository: its ONNX file at the usual path, else its checkpoint. */
export async function hubVariant(
  context: SourceContext,
  { source: text, dtype: wanted, checkpoint = false, task }: HubRequest,
): Promise<PlacedVariant> {
  const source = parseSource(text);
  if (source.kind !== 'hf') {
    throw new HarnessError('OPTION', {
      where: option('model'),
      what: `"${text}" is not a hub repository.`,
      hint: 'Write hf:org/name or hf:org/name@revision.',
    });
  }
  const dtype = DTYPES.find((each) => each === wanted);
  const { hub } = context;
  const commit = await hub.commitOf(source.repo, source.revision);
  const listing = hub.offline ? await hub.knownFiles(source.repo, commit) : await hub.files(source.repo, commit);
  const there = listing?.map((file) => file.path) ?? (await hub.cache.paths(source.repo, commit));
  const paths = checkpoint ? [] : onnxPaths(dtype);
  let onnx = paths.find((candidate) => there.includes(candidate));
  if (onnx !== undefined && (dtype === undefined || dtype === 'fp32') && weightPaths(there, '').length > 0) {
    if (await needsCheckpoint({ hub, repo: source.repo, commit, listing })) onnx = undefined;
  }
  if (onnx !== undefined)
    return { dtype: DTYPES.find((each) => onnxPaths(each).includes(onnx))!, from: source.text, onnx, files: {}, exact: false };
  const weights = [...weightPaths(there, ''), ...adapterPaths(there, '')];
  if (weights.length > 0 && (dtype === undefined || CHECKPOINT_DTYPES.includes(dtype))) {
    return { dtype: 'fp32', from: source.text, files: {}, exact: false, task };
  }
  if (listing === undefined && weights.length === 0) {
    throw partial(context.hub.cache, {
      source,
      commit,
      there,
      lack: `It has ${checkpoint ? 'no' : 'neither an ONNX file nor'} checkpoint weights`,
    });
  }
  throw nothingToRun({ source, onnx: there.filter((file) => file.endsWith('.onnx')), weights, lookedFor: paths });
}

interface NothingToRun {
  readonly source: HubSource;
  /** ONNX files of other precisions. */
  readonly onnx: readonly string[];
  readonly weights: readonly string[];
  readonly lookedFor: readonly string[];
}

function nothingToRun({ source: { text: where }, onnx, weights, lookedFor }: NothingToRun): HarnessError {
  const none = `The repository has none of ${lookedFor.slice(0, 4).join(', ')}`;
  if (onnx.length > 0 && lookedFor.length > 0) {
    return new HarnessError('SOURCE', {
      where,
      what: `${none}; its ONNX files: ${onnx.slice(0, 6).join(', ')}.`,
      hint: `Select one in a registry entry (${option('modelsFile')}).`,
    });
  }
  if (weights.length > 0) {
    return new HarnessError('SOURCE', {
      where,
      what: `${none}; its checkpoint is available as ${CHECKPOINT_DTYPES.join(' or ')}.`,
      hint: `Omit ${option('dtype')}.`,
    });
  }
  return new HarnessError('SOURCE', {
    where,
    what: `The repository has ${lookedFor.length > 0 ? 'neither an ONNX file nor' : 'no'} checkpoint weights.`,
    hint: `Use another repository, or ${option('model')} FOLDER.`,
  });
}
