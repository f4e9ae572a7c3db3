import { HarnessError, shown } from '../../errors.ts';
import type { Config } from './config.ts';

/** Fields of config.json that require another graph than the one built here. */
export type Otherwise = Readonly<
  Record<
    string,
    {
      /** Accepted values, in addition to a missing field. */
      readonly plain: readonly unknown[];
      /** What other values mean: "partial rotary heads". */
      readonly what: string;
    }
  >
>;

/** Throws FORMAT, naming the field, if config.json requires an unsupported graph. */
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
