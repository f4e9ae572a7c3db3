import { EstimatorRuntime } from '../../src/estimators/runtime.ts';
import { moved } from '../../src/threads/calls.ts';
import { serve } from '../../src/threads/serve.ts';
import { HarnessError } from '../../src/errors.ts';

/** A worker file for the specs of the protocol. */
const said: string[] = [];
const runtime = new EstimatorRuntime(1);

const calls = serve({
  add: ({ a, b }: { readonly a: number; readonly b: number }) => a + b,
  slowly: async (word: string) => {
    said.push(`begin ${word}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    said.push(`end ${word}`);
  },
  said: () => said,
  count: (to: number, tell: (at: number) => void) => {
    for (let at = 1; at <= to; at++) tell(at);
    return 'done';
  },
  /** Returns the same memory. */
  back: (values: Float32Array) => moved(values, [values]),
  complain: (where: string) => {
    throw new HarnessError('DATA', { where, what: 'It is odd.', hint: 'Mend it.' });
  },
  fail: (error: unknown) => {
    throw error;
  },
  /** Fails once its answer was received: `heard`, shared, is 1 then. */
  later: (heard: Int32Array) => {
    setInterval(() => {
      if (Atomics.load(heard, 0) === 1) throw new Error('boom');
    }, 5);
  },
  forever: () =>
    new Promise<never>((_resolve) => {
      setInterval(() => undefined, 1000);
    }),
  /** Matrix products one after the other, longer with size. */
  products: async ({ rows, times }: { readonly rows: number; readonly times: number }) => {
    for (let i = 0; i < times; i++) await runtime.gram({ rows: rows * 4, cols: rows, data: new Float32Array(rows * rows * 4).fill(1) });
  },
});
export type SumCalls = typeof calls;
