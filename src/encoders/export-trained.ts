import { copyFile, link, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import { HarnessError, reason } from '../errors.ts';
import { findHiddenStates, noteStates } from '../graph/hidden-states.ts';
import { TensorProto_DataType, TensorProtoSchema } from '../graph/onnx_pb.ts';
import { toPlain } from '../graph/plain.ts';
import { readModel, setExternal, type OnnxModel } from '../graph/read.ts';
import { prune } from '../graph/topology.ts';
import { writeModel } from '../graph/write.ts';
import { readSafetensors } from './checkpoint/safetensors.ts';
import { WeightsFile } from './checkpoint/weights-file.ts';
import { exportEncoder } from './export.ts';
import type { FamilyOptions } from './families/family.ts';
import { readJsonObject } from './json-file.ts';

export interface ExportTrainedParams {
  readonly name: string;
  /** Folder that the encoder came from. */
  readonly folder: string;
  /** Its ONNX file; undefined where it is a checkpoint. */
  readonly onnx: string | undefined;
  /** Weights after training, a safetensors file of float32 by the graph's own names. */
  readonly weights: string;
  readonly out: string;
  readonly firstLayers?: number | undefined;
  readonly options?: FamilyOptions | undefined;
  readonly overwrite?: boolean | undefined;
}

/** Larger than any tokenizer; what is larger is weights. */
const MOST_BESIDE = 64 << 20;
/** Configuration, vocabularies and tokenizers, by how their names end. */
const BESIDE = /\.(json|txt|model)$/;
const INDEX = /\.index\.json$/;

/**
 * Writes a trained encoder as a standard ONNX folder; one that came as a checkpoint also as such (model.safetensors), to be trained on
 * or read by Python. The folder appears whole or not at all. Throws OUTPUT where there is something already, or it cannot be written.
 */
export async function exportTrained(params: ExportTrainedParams): Promise<void> {
  const { out, overwrite = false } = params;
  const taken = await readdir(out).then((names) => names.length > 0, (error: NodeJS.ErrnoException) => error.code !== 'ENOENT');
  if (taken && !overwrite) throw new HarnessError('OUTPUT', { where: out, what: 'There is something already.', mend: 'Name another folder, or say --overwrite.' });
  const part = `${out}.trained`;
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await copyBeside(params, part);
    if (params.onnx === undefined) await checkpointFolder(params, part);
    else await graphFolder({ ...params, onnx: params.onnx }, part);
    await rm(out, { recursive: true, force: true });
    await rename(part, out);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('OUTPUT', { where: out, what: `It cannot be written (${reason(error)}).`, mend: 'Free the place or name another folder.' }, { cause: error });
  } finally {
    await rm(part, { recursive: true, force: true }).catch(() => {});
  }
}

/** Configuration, tokenizer and what else is no weights. */
async function copyBeside({ folder, firstLayers }: ExportTrainedParams, part: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const from = path.join(folder, name);
    const { size } = await stat(from);
    if (name === '1_Pooling') {
      await mkdir(path.join(part, name));
      await copyFile(path.join(from, 'config.json'), path.join(part, name, 'config.json'));
    } else if ((await stat(from)).isFile() && size < MOST_BESIDE && BESIDE.test(name) && !INDEX.test(name)) {
      await copyFile(from, path.join(part, name));
    }
  }
  if (firstLayers !== undefined) await cutConfig(path.join(part, 'config.json'), firstLayers);
}

/** config.json of an encoder with fewer layers; an ONNX file may have none. */
async function cutConfig(file: string, layers: number): Promise<void> {
  const values = await readJsonObject(file);
  if (values === undefined) return;
  const key = ['num_hidden_layers', 'n_layers'].find((each) => values[each] !== undefined) ?? 'num_hidden_layers';
  const types = Array.isArray(values['layer_types']) ? { layer_types: (values['layer_types'] as unknown[]).slice(0, layers) } : {};
  await writeFile(file, `${JSON.stringify({ ...values, [key]: layers, ...types }, undefined, 2)}\n`);
}

async function checkpointFolder({ name, weights, options }: ExportTrainedParams, part: string): Promise<void> {
  const file = path.join(part, 'model.safetensors');
  await link(weights, file).catch(() => copyFile(weights, file));
  const standard = `${part}.onnx`;
  try {
    await exportEncoder({ name, folder: part, out: standard, dtype: 'fp32', options, overwrite: true });
    for (const each of await readdir(standard)) {
      await rm(path.join(part, each), { recursive: true, force: true });
      await rename(path.join(standard, each), path.join(part, each));
    }
  } finally {
    await rm(standard, { recursive: true, force: true });
  }
}

async function graphFolder({ onnx, weights, firstLayers }: ExportTrainedParams & { readonly onnx: string }, part: string): Promise<void> {
  const { model } = await toPlain(await readModel(onnx));
  const states = findHiddenStates(model, onnx).slice(0, firstLayers === undefined ? undefined : firstLayers + 1);
  const { proto, folder } = reweighted(model, weights);
  const graph = proto.graph!;
  const [output] = graph.output;
  if (firstLayers !== undefined) graph.output = [{ ...output!, name: states.at(-1)! }];
  // Hidden states that no output needs would be lost to the notes.
  const outputs = graph.output;
  graph.output = [...outputs, ...states.map((state) => ({ ...output!, name: state }))];
  prune(graph);
  graph.output = outputs;
  noteStates(proto, states);
  await mkdir(path.join(part, 'onnx'));
  await writeModel({ proto, folder, files: [] }, path.join(part, 'onnx', 'model.onnx'));
}

/** The model with the trained values: its weights point into their file. */
function reweighted(model: OnnxModel, weights: string): { proto: OnnxModel['proto']; folder: string } {
  const trained = new Map(WeightsFile.use(weights, readSafetensors).map((tensor) => [tensor.name, tensor]));
  const folder = path.parse(model.folder).root;
  const graph = model.proto.graph!;
  graph.initializer = graph.initializer.map((tensor) => {
    const found = trained.get(tensor.name);
    if (found === undefined) return rooted(tensor, model.folder, folder);
    const fresh = create(TensorProtoSchema, { name: tensor.name, dataType: TensorProto_DataType.FLOAT, dims: tensor.dims });
    setExternal(fresh, { location: path.relative(folder, found.file), offset: found.offset, length: 4 * found.shape.reduce((product, size) => product * size, 1) });
    return fresh;
  });
  return { proto: model.proto, folder };
}

/** A tensor whose file is named from another folder on. */
function rooted<T extends { externalData: { key: string; value: string }[] }>(tensor: T, from: string, to: string): T {
  for (const entry of tensor.externalData) if (entry.key === 'location') entry.value = path.relative(to, path.resolve(from, entry.value));
  return tensor;
}

