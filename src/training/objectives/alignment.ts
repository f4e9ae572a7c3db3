import type { GraphBuilder, Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type {
  Feed,
  Feeds,
  LossContext,
  Needs,
  Objective,
  ObjectiveName,
  ObjectiveOptions,
  ObjectiveRun,
  StartParams,
  Step,
} from '../objective.ts';
import { drawAt, type Draw } from '../seeds.ts';
import { products, sumOfProducts, unitRows } from './cosines.ts';
import { rowMemory, vectorMemory, type Memory } from './memories.ts';
import { visitPairs, type PairRule } from './partners.ts';

/** Pairs in one label field. */
export interface Task {
  readonly rule: PairRule;
  readonly field: 'first' | 'second';
  /** Loss weight of the task. Default: 1. */
  readonly weight?: (options: ObjectiveOptions) => number;
}

export interface AlignmentParams {
  readonly name: ObjectiveName;
  readonly tasks: readonly Task[];
  /** What is remembered of earlier batches: one detached vector per class, or one text per class. In the first label field. */
  readonly memory?: 'vectors' | 'rows';
}

const DRAWS_PARTNERS = 1;

/**
 * Class-driven embedding alignment: the sum over selected pairs of (cos(a, b) - y)². The variants differ in the pairs that they select:
 * partners.ts.
 * The graph is W ∘ (V Vᵀ - Y)², summed, with V the normalised vectors; W [n, n] is the weight of each pair, Y its target cosine. Detached
 * memories are an input with one row per class, with separate W and Y.
 */
export function alignment({ name, tasks, memory }: AlignmentParams): Objective {
  return {
    name,
    task: 'classification',
    needs: needsOf(tasks, memory),
    predicts: 'knn',
    parameters: () => [],
    loss: (context) => context.builder.within('objective', () => alignmentLoss(context, { tasks, memory })),
    start: (params) => startAlignment(params, { tasks, memory }),
  };
}

type Variant = Pick<AlignmentParams, 'tasks' | 'memory'>;

function needsOf(tasks: readonly Task[], memory: AlignmentParams['memory']): Needs {
  return {
    positives: tasks.some(({ rule }) => rule.same !== undefined),
    negatives: tasks.some(({ rule }) => rule.different !== undefined),
    batch: memory === undefined ? 2 : 1,
    secondLabels: tasks.some(({ field }) => field === 'second'),
    companions: memory === 'rows',
    apart: false,
  };
}

function alignmentLoss({ builder, vectors, width, classes, options }: LossContext, { tasks, memory }: Variant): Value {
  const unit = unitRows(builder, vectors);
  const cosines = products(builder, unit, unit);
  const losses = tasks.map(({ field, weight }) =>
    scaled(builder, squaredError(builder, cosines, `objective.${field}`, ['rows', 'rows']), weight?.(options) ?? 1),
  );
  if (memory === 'vectors') {
    const kept = builder.input('objective.memory', TensorProto_DataType.FLOAT, [classes, width]);
    losses.push(squaredError(builder, products(builder, unit, unitRows(builder, kept)), 'objective.memory', ['rows', classes]));
  }
  return losses.reduce((sum, loss) => builder.op('Add', [sum, loss]));
}

/** Sum of W ∘ (cosines - Y)². */
function squaredError(builder: GraphBuilder, cosines: Value, name: string, dims: readonly (string | number)[]): Value {
  const weights = builder.input(`${name}.pairs`, TensorProto_DataType.FLOAT, dims);
  const targets = builder.input(`${name}.targets`, TensorProto_DataType.FLOAT, dims);
  const error = builder.op('Sub', [cosines, targets]);
  return sumOfProducts(builder, weights, builder.op('Mul', [error, error]));
}

function scaled(builder: GraphBuilder, loss: Value, weight: number): Value {
  return weight === 1 ? loss : builder.op('Mul', [loss, builder.float(weight)]);
}

function startAlignment({ labels, secondLabels, classes, width, seed }: StartParams, { tasks, memory }: Variant): ObjectiveRun {
  const kept: Memory | undefined =
    memory === undefined ? undefined : memory === 'rows' ? rowMemory({ labels, classes }) : vectorMemory({ labels, classes, width });
  const none = new Int32Array();
  const visit = (step: Step, each: (task: Task, pair: Parameters<Parameters<typeof visitPairs>[1]>[0]) => void) => {
    // One generator for all tasks, so that each step has a single sequence of draws.
    const draw: Draw = drawAt({ seed, epoch: step.epoch, step: step.step, purpose: DRAWS_PARTNERS });
    const rows = step.rows.slice(0, step.batch);
    for (const task of tasks) {
      const classOf = task.field === 'first' ? labels : secondLabels!;
      visitPairs({ rule: task.rule, rows, labels: classOf, memories: kept?.rows ?? none, draw }, (pair) => each(task, pair));
    }
  };

  const matrices = (step: Step): ReadonlyMap<string, PairMatrix> => {
    const n = step.rows.length;
    const found = new Map<string, PairMatrix>(tasks.map(({ field }) => [`objective.${field}`, pairMatrix(n, n)]));
    if (memory === 'vectors') found.set('objective.memory', pairMatrix(n, classes));
    const positions = new Map(step.rows.map((row, position) => [row, position]));
    visit(step, ({ field, rule }, { text, pool, partner, target }) => {
      const all = rule.take === 'all';
      if (pool === 'memory' && memory === 'vectors') return found.get('objective.memory')!.add(text, partner, target, all);
      const other = pool === 'batch' ? partner : positions.get(kept!.rows[partner]!)!;
      // The cosine is symmetric: for a pair that counts once, one of the two entries is used.
      const [i, j] = all ? [Math.min(text, other), Math.max(text, other)] : [text, other];
      found.get(`objective.${field}`)!.add(i, j, target, all);
    });
    return found;
  };

  return {
    companions(step) {
      if (memory !== 'rows') return [];
      const batch = new Set(step.rows.slice(0, step.batch));
      const wanted = new Set<number>();
      visit(step, (_, { pool, partner }) => {
        const row = kept!.rows[partner]!;
        if (pool === 'memory' && !batch.has(row)) wanted.add(row);
      });
      return [...wanted];
    },
    feeds(step) {
      const feeds: Record<string, Feed> = {};
      for (const [name, { pairs, targets }] of matrices(step))
        Object.assign(feeds, { [`${name}.pairs`]: pairs, [`${name}.targets`]: targets });
      return { ...feeds, ...kept?.feeds() } satisfies Feeds;
    },
    terms: (step) => [...matrices(step).values()].reduce((sum, { pairs }) => sum + pairs.data.reduce((count, each) => count + each, 0), 0),
    remember: (step, vectors) => kept?.remember(step.rows.slice(0, step.batch), vectors),
    save: () => kept?.save() ?? { tensors: {}, numbers: {} },
    restore: (state) => kept?.restore(state),
  };
}

type Matrix = Extract<Feed, { type: 'float32' }>;

interface PairMatrix {
  readonly pairs: Matrix;
  readonly targets: Matrix;
  /** Adds to the weight of a pair; with `once` it is set to 1. */
  add(i: number, j: number, target: number, once: boolean): void;
}

function pairMatrix(rows: number, columns: number): PairMatrix {
  const matrix = (): Matrix => ({ type: 'float32', dims: [rows, columns], data: new Float32Array(rows * columns) });
  const [pairs, targets] = [matrix(), matrix()];
  return {
    pairs,
    targets,
    add(i, j, target, once) {
      const at = i * columns + j;
      pairs.data[at] = once ? 1 : pairs.data[at]! + 1;
      targets.data[at] = target;
    },
  };
}
