import path from 'node:path';
import { DEVICES, type Device } from '../../src/devices/device.ts';
import { EncoderSession } from '../../src/embed/session.ts';
import type { VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';

/**
 * Vectors of encoders on a device against those on the CPU, in a process of its own: a driver is found by the environment that it starts
 * with. Arguments: the device, then folders. Prints a `Compared` for each, as one line of JSON.
 */
export interface Compared {
  readonly folder: string;
  /** Largest difference, relative to the largest number. */
  readonly difference: number;
  /** The same for a text alone against the text in a batch, both on the device. */
  readonly alone: number;
  /** The same for a second run on the device. */
  readonly again: number;
}

/** Texts that run together, cut to one length. */
const TOGETHER = ['a cat sat here', 'a dog sat here', 'a cow sat here'];
/** The last is for windows and blocks of attention. */
const OTHERS = ['the cat', 'one more text, which is longer than the others are; '.repeat(12)];

interface Vectors {
  /** For each spec [texts, width]. */
  readonly together: readonly Float32Array[];
  readonly again: readonly Float32Array[];
  /** The second of those alone, and the others. */
  readonly alone: readonly (readonly Float32Array[])[];
}

async function vectorsOf(encoder: Encoder): Promise<Vectors> {
  const { depth, maxLength } = encoder;
  const layers = Array.from({ length: depth + 1 }, (_, layer) => layer);
  const specs: VectorSpec[] = [
    ...layers.map((layer): VectorSpec => ({ token: 'mean', layers: [layer], combine: 'one' })),
    { token: 'cls', layers: [depth], combine: 'one' },
    { token: 'max', layers: [depth], combine: 'one' },
    { token: 'mean', layers, combine: 'mean' },
  ];
  const session = await EncoderSession.open({ encoder, specs, threads: 2 });
  const tokens = (texts: readonly string[]) => texts.map((text) => encoder.tokenizer.encode(text, maxLength).ids);
  const run = (ids: readonly ArrayLike<number>[]): Promise<Float32Array[]> =>
    session.run({ ids: Int32Array.from(ids.flatMap((each) => Array.from(each))), count: ids.length, length: ids[0]!.length });
  try {
    // Tokenizers split words differently.
    const each = tokens(TOGETHER);
    const length = Math.min(...each.map((ids) => ids.length));
    const batch = each.map((ids) => ids.slice(0, length));
    const [together, again] = [await run(batch), await run(batch)];
    const alone: Float32Array[][] = [];
    for (const ids of [batch[1]!, ...tokens(OTHERS)]) alone.push(await run([ids]));
    return { together, again, alone };
  } finally {
    await session.close();
  }
}

/** The largest difference of two lists of vectors, relative to the largest number of each. */
function difference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let worst = 0;
  for (const [at, values] of a.entries()) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [i, value] of values.entries()) worst = Math.max(worst, Math.abs(value - b[at]![i]!) / largest);
  }
  return worst;
}

async function compared(folder: string, device: Device): Promise<Compared> {
  const about = { name: path.basename(folder), folder, onnx: undefined, revision: '' };
  const [cpu, card] = [await vectorsOf(await openEncoder(about)), await vectorsOf(await openEncoder({ ...about, device }))];
  const second = card.together.map((vectors) => {
    const width = vectors.length / TOGETHER.length;
    return vectors.slice(width, 2 * width);
  });
  return {
    folder,
    difference: Math.max(difference(cpu.together, card.together), ...cpu.alone.map((vectors, i) => difference(vectors, card.alone[i]!))),
    alone: difference(second, card.alone[0]!),
    again: difference(card.together, card.again),
  };
}

const [device, ...folders] = process.argv.slice(2) as [Device, ...string[]];
if (!DEVICES.includes(device)) throw new Error(`no device ${device}`);
for (const folder of folders) console.log(JSON.stringify(await compared(folder, device)));
