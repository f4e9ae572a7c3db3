import { totalmem } from 'node:os';
import { HarnessError, option } from '../errors.ts';
import { TensorProto_DataLocation, TensorProto_DataType, type GraphProto, type TensorProto } from '../graph/onnx_pb.ts';
import { QUANTISED_BLOCK } from '../graph/quantise.ts';
import { elements } from '../tensors/stored-tensor.ts';

/** Maximum size of a graph passed in memory: a protobuf message has less than 2 GiB. */
const MESSAGE_BYTES = 2 ** 31 - 2 ** 20;
const FLOAT_BYTES = 4;

/** Memory of the machine, or of this process if limited, in bytes. */
export function machineMemory(): number {
  // 0, or above the total memory, if there is no limit.
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

export interface NeededMemory {
  /** Bytes of the weights as used in computation. */
  readonly weights: number;
  /** Those of them that the graph has to contain: weights quantised while loading, merged adapters. */
  readonly held: number;
}

export type ComputedIn = 'fp32' | 'q8';

const FLOATS: ReadonlySet<TensorProto['dataType']> = new Set([
  TensorProto_DataType.FLOAT,
  TensorProto_DataType.FLOAT16,
  TensorProto_DataType.BFLOAT16,
  TensorProto_DataType.DOUBLE,
]);

/**
 * Memory for the weights of a checkpoint's graph: float32 numbers, except for product matrices in 8 bits, with one byte each and one scale
 * per block.
 */
export function neededMemory(graph: GraphProto, dtype: ComputedIn): NeededMemory {
  const products = dtype === 'q8' ? productWeights(graph) : undefined;
  const needed = { weights: 0, held: 0 };
  for (const tensor of graph.initializer) {
    if (!FLOATS.has(tensor.dataType)) continue;
    const inEight = products?.has(tensor.name) === true;
    const bytes = elements(tensor.dims.map(Number)) * (inEight ? 1 + FLOAT_BYTES / QUANTISED_BLOCK : FLOAT_BYTES);
    needed.weights += bytes;
    if (inEight || tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) needed.held += bytes;
  }
  return needed;
}

/** Weights that products read, directly or after a cast. */
function productWeights({ node }: GraphProto): Set<string> {
  const sources = new Map(node.filter(({ opType }) => opType === 'Cast').map(({ input, output }) => [output[0]!, input[0]!]));
  return new Set(node.filter(({ opType }) => opType === 'Gemm').map(({ input }) => sources.get(input[1]!) ?? input[1]!));
}

export interface MemoryParams {
  /** The encoder's folder, for messages. */
  readonly where: string;
  /** Available bytes. Default: those of the machine. */
  readonly memory?: number | undefined;
}

/**
 * Throws GRAPH, before any number is read, if the weights of a checkpoint's graph exceed the machine's memory. `toRun`: the graph is passed
 * to the runtime directly, which accepts at most 2 GiB inside a graph.
 */
export function requireMemory(
  graph: GraphProto,
  { where, dtype, toRun, memory = machineMemory() }: MemoryParams & { readonly dtype: ComputedIn; readonly toRun: boolean },
): void {
  const { weights, held } = neededMemory(graph, dtype);
  if (weights > memory) {
    const eight = neededMemory(graph, 'q8');
    const way = eight.held > MESSAGE_BYTES ? 'a q8 export (bench export)' : `${option('dtype')} q8`;
    throw tooLarge({
      where,
      weights,
      memory,
      as: dtype === 'q8' ? ' with products in 8 bits' : ' as float32 numbers',
      take: toRun && dtype === 'fp32' && eight.weights <= memory ? `${way} (${gigabytes(eight.weights)}), ` : '',
    });
  }
  if (!toRun || held <= MESSAGE_BYTES) return;
  throw new HarnessError('GRAPH', {
    where,
    what: `${dtype === 'q8' ? 'Its products in 8 bits' : 'Weights that an adapter is merged into'} take ${gigabytes(held)} inside the graph; the runtime allows 2.1 GB.`,
    hint:
      dtype === 'q8'
        ? 'Export it in q8 first (bench export), and run that folder.'
        : 'Merge the adapter into the checkpoint first (peft: merge_and_unload).',
  });
}

/** The same for weights that are fed to a graph as float32 numbers. */
export function requireFedMemory(shapes: Iterable<readonly number[]>, { where, memory = machineMemory() }: MemoryParams): void {
  const weights = FLOAT_BYTES * [...shapes].reduce((sum, shape) => sum + elements(shape), 0);
  if (weights > memory) throw tooLarge({ where, weights, memory, as: ' as float32 numbers', take: '' });
}

/** The same for an ONNX file, whose weights keep their stored type. */
export function requireStoredMemory({ initializer }: GraphProto, { where, memory = machineMemory() }: MemoryParams): void {
  const weights = initializer.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
  if (weights > memory) throw tooLarge({ where, weights, memory, as: '', take: `another weight precision (${option('dtype')}), ` });
}

function storedBytes({ externalData, rawData }: TensorProto): number {
  return Number(externalData.find(({ key }) => key === 'length')?.value ?? rawData.length);
}

interface TooLarge {
  readonly where: string;
  readonly memory: number;
  readonly weights: number;
  readonly as: string;
  readonly take: string;
}

function tooLarge({ where, weights, memory, as, take }: TooLarge): HarnessError {
  return new HarnessError('GRAPH', {
    where,
    what: `Its weights take ${gigabytes(weights)}${as}, and this machine has ${gigabytes(memory)} of memory.`,
    hint: `Use ${take}a smaller encoder${take === '' ? '' : ','} or a machine with more memory.`,
  });
}

/** `28.4 GB`; below 0.1 GB in megabytes. */
export function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
