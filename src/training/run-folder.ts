import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { HarnessError, jsonOf, option, reason, shown } from '../errors.ts';
import type { AnyScores, SplitScore } from './evaluate.ts';
import type { ObjectiveState } from './objective.ts';
import { stateFault } from './run-state.ts';
import { readTensors, writeTensors } from '../tensors/tensor-file.ts';
import { own } from '../own.ts';

/** Version of state.json. */
const VERSION = 2;
const STATE = 'state.json';

/** Record of one epoch. */
export interface EpochRecord {
  /** 0: before training. */
  readonly epoch: number;
  /** Number of updates since the start. */
  readonly step: number;
  readonly learningRate?: number | undefined;
  /** Means over the epoch's steps. */
  readonly loss?: number | undefined;
  readonly gradientNorm?: number | undefined;
  readonly dev?: AnyScores | undefined;
}

/** Progress of a run. */
export interface RunState {
  /** Everything that determines the numbers of a run. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly epochs: readonly EpochRecord[];
  /** Epoch whose weights are stored as the best. */
  readonly best: number;
  /** Number of batches seen over all epochs: the step count of dropout. */
  readonly batches: number;
  /** Integers of the objective's memories. */
  readonly memories: ObjectiveState['numbers'];
  readonly memoryShapes: Readonly<Record<string, readonly number[]>>;
  /** Scores of the encoder before training, by k-NN. */
  readonly frozen: readonly SplitScore[];
  /** With the best weights; undefined until the run has finished. */
  readonly scores?: readonly SplitScore[] | undefined;
}

/**
 * Where a run stores what it needs to resume: state.json, which refers to files by epoch, and is written last. So a run that is killed
 * leaves the last complete epoch behind.
 */
export class RunFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  weights(epoch: number): string {
    return path.join(this.path, `epoch-${epoch}.weights.safetensors`);
  }

  moments(epoch: number): string {
    return path.join(this.path, `epoch-${epoch}.moments.safetensors`);
  }

  memories(epoch: number): string {
    return path.join(this.path, `epoch-${epoch}.memories.safetensors`);
  }

  /** The state of a run, whatever its settings; undefined if there is none, or it cannot be read. */
  async peek(): Promise<RunState | undefined> {
    return readFile(path.join(this.path, STATE), 'utf8')
      .then((text) => JSON.parse(text) as RunState & { version: number })
      .then((state) => (state.version === VERSION && stateFault(state) === undefined ? state : undefined))
      .catch(() => undefined);
  }

  async make(): Promise<void> {
    await makeFolder(this.path).catch((error: unknown) => {
      throw new HarnessError(
        'OUTPUT',
        { where: this.path, what: `It cannot be made (${reason(error)}).`, hint: `Give another folder with ${option('cache')}.` },
        { cause: error },
      );
    });
  }

  /**
   * The state of an earlier run with the same settings; undefined if there is none. Throws FORMAT if it is broken, OUTPUT if it is of a run
   * with other settings.
   */
  async read(settings: RunState['settings']): Promise<RunState | undefined> {
    const file = path.join(this.path, STATE);
    const hint = `Delete its folder, or give ${option('overwrite')}, to start over.`;
    let state: (RunState & { readonly version: number }) | null;
    try {
      state = JSON.parse(await readFile(file, 'utf8')) as typeof state;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new HarnessError('FORMAT', { where: file, what: `Cannot be read (${reason(error)}).`, hint }, { cause: error });
    }
    if (state?.version !== VERSION) throw new HarnessError('FORMAT', { where: file, what: 'It was written by another version.', hint });
    const fault = stateFault(state);
    if (fault !== undefined) throw new HarnessError('FORMAT', { where: file, what: `It is damaged (${fault}).`, hint });
    const other = differences(state.settings, JSON.parse(JSON.stringify(settings)) as RunState['settings']);
    if (other.length > 0)
      throw new HarnessError('OUTPUT', {
        where: this.path,
        what: `It belongs to a run with other settings (${other.join(', ')}).`,
        hint: `Give another folder, or ${option('overwrite')} to start over.`,
      });
    return state;
  }

  /**
   * Writes the state, and removes partial files of a killed run: a run has its folder to itself. Afterwards only the files of its last and
   * its best epoch are left.
   */
  async write(state: RunState): Promise<void> {
    const place = path.join(this.path, STATE);
    await sweepPartials(place, 0);
    await this.#guard(writeAtomically(place, `${JSON.stringify({ version: VERSION, ...state })}\n`));
    const last = state.epochs.at(-1)!.epoch;
    const kept = new Set(
      [this.weights(last), this.moments(last), this.memories(last), this.weights(state.best)].map((file) => path.basename(file)),
    );
    await this.#removeOthers((name) => kept.has(name));
  }

  async writeMemories(epoch: number, { tensors }: ObjectiveState): Promise<void> {
    await writeTensors(
      this.memories(epoch),
      Object.entries(tensors).map(([name, { dims, data }]) => ({ name, dims, data })),
    );
  }

  async readMemories(epoch: number, { memories, memoryShapes }: RunState): Promise<ObjectiveState> {
    const values = Object.keys(memoryShapes).length === 0 ? new Map<string, Float32Array>() : await readTensors(this.memories(epoch));
    return {
      numbers: memories,
      tensors: Object.fromEntries(Object.entries(memoryShapes).map(([name, dims]) => [name, { dims, data: values.get(name)! }])),
    };
  }

  /** After the last epoch, when its weights have been used, only the numbers are kept. */
  async finish(): Promise<void> {
    await this.#removeOthers(() => false);
  }

  async clear(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #removeOthers(keep: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (/^epoch-\d+\.(weights|moments|memories)\.safetensors(\.part)?$/.test(name) && !keep(name))
        await rm(path.join(this.path, name), { force: true });
    }
  }

  async #guard<T>(writing: Promise<T>): Promise<T> {
    return writing.catch((error: unknown) => {
      throw new HarnessError(
        'OUTPUT',
        {
          where: this.path,
          what: `It cannot be written (${reason(error)}).`,
          hint: `Free disk space or give another folder with ${option('cache')}.`,
        },
        { cause: error },
      );
    });
  }
}

/** Settings that differ, each as `name: then, now`. */
function differences(then: RunState['settings'], now: RunState['settings']): string[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter((name) => jsonOf(own(then, name)) !== jsonOf(own(now, name)))
    .map(
      (name) =>
        `${name} ${Object.hasOwn(then, name) ? shown(own(then, name)) : 'none'}, now ` +
        (Object.hasOwn(now, name) ? shown(own(now, name)) : 'none'),
    );
}
