import type { HarnessError } from '../errors.ts';
import { brokenNumber } from '../embed/finite.ts';
import type { NamedTensor } from '../tensors/write-safetensors.ts';
import type { KnownTexts } from './classifier.ts';
import { brokenModel } from './broken-model.ts';
import type { Head } from './head.ts';
import type { ClassifierRecord } from './record.ts';

interface TensorParams {
  readonly record: ClassifierRecord;
  /** For messages. */
  readonly file: string;
}

type Tensors = ReadonlyMap<string, NamedTensor>;

/** The head in a file's tensors. Throws FORMAT if it is invalid, or does not match the record's classes. */
export function headOf(
  tensors: Tensors,
  { record: { kind, classes, unitVectors }, file }: TensorParams,
): Head & { readonly width: number } {
  const weight = floats(tensors, { name: 'head.weight', dimensions: 2, file });
  const bias = floats(tensors, { name: 'head.bias', dimensions: 1, file });
  const [rows, cols] = weight.shape as [number, number];
  const outputs = kind === 'regression' ? 1 : classes.length;
  if (rows !== outputs || bias.shape[0] !== rows) {
    const wanted = kind === 'regression' ? 'gives one number' : `has ${outputs} classes`;
    throw brokenModel(file, `Its head has ${rows} rows and ${bias.shape[0]} biases, classifier.json ${wanted}.`);
  }
  if (cols === 0) throw brokenModel(file, 'Its head takes empty vectors.');
  return { weight: weight.data, bias: bias.data, unit: unitVectors === true, width: cols };
}

/** The training texts in a file's tensors. Throws FORMAT if they are invalid, or do not match the record. */
export function trainOf(tensors: Tensors, { record, file }: TensorParams): Omit<KnownTexts, 'texts'> {
  const { classes, neighbours, multiLabel, kind } = record;
  const { shape, data } = floats(tensors, { name: 'vectors', dimensions: 2, file });
  const [rows, cols] = shape as [number, number];
  const labels = integers(tensors, 'labels', file);
  const starts = integers(tensors, 'starts', file);
  const fits = starts.length === rows + 1 && starts[0] === 0 && starts[rows] === labels.length && isAscending(starts);
  if (!fits) throw brokenModel(file, `Its "starts" do not assign ${labels.length} labels to ${rows} vectors.`);
  const wrong = labels.find((label) => label < 0 || label >= classes.length);
  if (wrong !== undefined) throw brokenModel(file, `It has label ${wrong}, but classifier.json has ${classes.length} classes.`);
  if (rows === 0 || cols === 0) throw brokenModel(file, 'It has no vectors.');
  if (kind === 'neighbours' && neighbours.k > rows) throw brokenModel(file, `It has ${rows} vectors, fewer than k = ${neighbours.k}.`);
  const sets = Array.from({ length: rows }, (_, row) => labels.subarray(starts[row], starts[row + 1]));
  const odd = sets.findIndex((set) => (multiLabel ? !isAscending(set, 1) : set.length !== 1));
  if (odd !== -1)
    throw brokenModel(
      file,
      multiLabel ? `The labels of text ${odd} are not ascending.` : `Text ${odd} has ${sets[odd]!.length} labels, not one.`,
    );
  return { vectors: { rows, cols, data }, labels: sets };
}

function isAscending(values: Int32Array, step = 0): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]! + step) return false;
  return true;
}

interface FloatsParams {
  readonly name: string;
  readonly dimensions: number;
  readonly file: string;
}

function floats(
  tensors: Tensors,
  { name, dimensions, file }: FloatsParams,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw lacking(file, name);
  const { shape, data } = tensor;
  if (!(data instanceof Float32Array) || shape.length !== dimensions) {
    throw brokenModel(
      file,
      `Tensor "${name}" is of type ${tensor.dtype} and shape [${shape.join(', ')}], not F32 with ${dimensions} dimensions.`,
    );
  }
  const value = brokenNumber(data);
  if (value !== undefined) throw brokenModel(file, `Tensor "${name}" holds ${Number.isNaN(value) ? 'NaN' : 'an infinity'}.`);
  return { shape, data };
}

function integers(tensors: Tensors, name: string, file: string): Int32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw lacking(file, name);
  const { shape, data, dtype } = tensor;
  if (data instanceof Int32Array && shape.length === 1) return data;
  throw brokenModel(file, `Tensor "${name}" is of type ${dtype} and shape [${shape.join(', ')}], not I32 with 1 dimension.`);
}

function lacking(file: string, name: string): HarnessError {
  return brokenModel(file, `It lacks the tensor "${name}".`);
}
