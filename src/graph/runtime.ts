import { silenceRuntime } from './telemetry.ts'; // before the runtime is loaded
import { uninterrupted } from './native-calls.ts'; // before it too
import { InferenceSession as Session, Tensor } from 'onnxruntime-node';

/** onnxruntime as everything here has it: with its telemetry off, and never interrupted. No other file imports it. */
export { Tensor };

export type InferenceSession = Session;

export const InferenceSession = {
  /** A session of a model's bytes, or its file. Throws as onnxruntime does, and `silenceRuntime`. */
  async create(model: Uint8Array | string, options: Session.SessionOptions = {}): Promise<Session> {
    silenceRuntime();
    const session = await uninterrupted(() => (typeof model === 'string' ? Session.create(model, options) : Session.create(model, options)));
    const run = session.run.bind(session) as (...args: unknown[]) => Promise<Session.OnnxValueMapType>;
    session.run = (...args: unknown[]) => uninterrupted(() => run(...args));
    return session;
  },
};
