import { toBinary } from '@bufbuild/protobuf';
import type { Device } from '../../devices/device.ts';
import { reason } from '../../errors.ts';
import { GraphBuilder } from '../builder.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../onnx_pb.ts';
import { InferenceSession, Tensor } from '../runtime.ts';
import { halfProducts } from '../half-products.ts';
import { PRODUCTS, SIZE, type Probed } from './probed.ts';

/**
 * The process in which a device is tried: arguments are the device, and `timed`, `once` or `halves` (products in float16); prints a
 * `Probed` as JSON.
 */

const TIMES = 3;
/** Milliseconds of a run after which it is slow enough not to be repeated: a driver in software. */
const SLOW = 200;

const [device = 'cpu', how] = process.argv.slice(2) as [Device, string | undefined];
console.log(JSON.stringify(await probed({ timed: how === 'timed', halves: how === 'halves' })));

async function probed({ timed, halves }: { readonly timed: boolean; readonly halves: boolean }): Promise<Probed> {
  const size = timed ? SIZE : 2;
  try {
    const session = await InferenceSession.create(products(size, { count: timed ? PRODUCTS : 1, halves }), {
      executionProviders: [device],
      // A device that is not there must not be replaced by the CPU in silence.
      ...(device !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
      logSeverityLevel: 4,
    });
    const feeds = { x: new Tensor('float32', new Float32Array(size * size).fill(1 / size), [size, size]) };
    let ms = Infinity;
    for (let time = 0; time <= (timed ? TIMES : 0) && !(ms < Infinity && ms > SLOW); time++) {
      const started = performance.now();
      const { y } = await session.run(feeds, { logSeverityLevel: 4 });
      if (!(Math.abs((y!.data as Float32Array)[0]! * size - 1) < 1e-3)) return { failed: 'its numbers are wrong' };
      // The first run compiles.
      if (time > 0) ms = Math.min(ms, performance.now() - started);
    }
    return timed ? { ms } : {};
  } catch (error) {
    return { failed: reason(error) };
  }
}

/** x to the power of `count` + 1, of which the maximum is returned: with all of x 1 / size, it stays that. */
function products(size: number, { count, halves }: { readonly count: number; readonly halves: boolean }): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', TensorProto_DataType.FLOAT, [size, size]);
  let product = x;
  for (let i = 0; i < count; i++) product = builder.op('MatMul', [product, x]);
  const most = builder.op('ReduceMax', [product], { keepdims: 0 });
  builder.output(most, { name: 'y', type: TensorProto_DataType.FLOAT, dims: [] });
  const model = builder.build();
  if (halves) halfProducts(model);
  return toBinary(ModelProtoSchema, model);
}
