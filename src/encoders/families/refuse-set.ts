import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';

/** Words of config.json that ask for another graph than the one that is built. */
export type Otherwise = Readonly<
  Record<
    string,
    {
      /** What the word may be, besides missing. */
      readonly plain: readonly unknown[];
      /** What it asks for otherwise: "heads of which a part turns". */
      readonly what: string;
    }
  >
>;

/** Throws FORMAT, naming the word, where config.json asks for what is not built. */
export function refuseSet(config: Config, otherwise: Otherwise): void {
  for (const [key, { plain, what }] of Object.entries(otherwise)) {
    if (!config.has(key) || plain.includes(config.values[key])) continue;
    throw new HarnessError('FORMAT', {
      where: `${config.file}: ${key}`,
      what: `It is ${shown(config.values[key])}, which means ${what}: not supported.`,
      hint: 'Use an ONNX file of the encoder.',
    });
  }
}
