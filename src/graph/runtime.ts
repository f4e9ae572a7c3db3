import { silenceRuntime } from './telemetry.ts'; // before the runtime is loaded
import { availableParallelism } from 'node:os';
import { uninterrupted } from './native-calls.ts'; // likewise
import { InferenceSession as Session, Tensor } from 'onnxruntime-node';

/** onnxruntime as used everywhere here: without telemetry, and never interrupted. No other file imports it. */
export { Tensor };

export type InferenceSession = Session;
export type SessionOptions = Session.SessionOptions;

/**
 * Maximum threads per session. Threads never change a number, and each spins while it waits for the others: hundreds on a few cores take
 * minutes for what one does in a second.
 */
const MOST_THREADS = Math.max(8, 2 * availableParallelism());

export const InferenceSession = {
  /** A session from a model's bytes, or its file. Throws what onnxruntime and `silenceRuntime` throw. */
  async create(model: Uint8Array | string, options: Session.SessionOptions = {}): Promise<Session> {
    silenceRuntime();
    const { intraOpNumThreads: threads } = options;
    const bounded = threads === undefined ? options : { ...options, intraOpNumThreads: Math.min(threads, MOST_THREADS) };
    const session = await uninterrupted(() =>
      typeof model === 'string' ? Session.create(model, bounded) : Session.create(model, bounded),
    );
    const run = session.run.bind(session) as (...args: unknown[]) => Promise<Session.OnnxValueMapType>;
    session.run = (...args: unknown[]) => uninterrupted(() => run(...args));
    return session;
  },
};
