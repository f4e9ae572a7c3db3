import { parseArgs } from 'node:util';

export const CARD_DEVICES = ['webgpu', 'cuda', 'cpu'] as const;
export type CardDevice = (typeof CARD_DEVICES)[number];

export interface CardArguments {
  readonly device: CardDevice;
  /** Tiny encoders and few texts. */
  readonly quick: boolean;
  /** Make the folder for a machine without downloads instead. */
  readonly pack: boolean;
  /** An interpreter with torch; if omitted, python3. */
  readonly python: string;
  /** Seconds after which nothing more is measured. */
  readonly limit: number;
}

const LIMIT = 270;

/** `[webgpu|cuda|cpu] [quick] [--python FILE] [--limit SECONDS]`, or `pack`. Throws for anything else. */
export function cardArguments(words: readonly string[], env: NodeJS.ProcessEnv = process.env): CardArguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { python: { type: 'string' }, limit: { type: 'string' } },
    allowPositionals: true,
  });
  const known = [...CARD_DEVICES, 'quick', 'pack'] as const;
  const stranger = positionals.find((word) => !(known as readonly string[]).includes(word));
  if (stranger !== undefined) throw new Error(`card takes ${known.join(', ')}, --python FILE and --limit SECONDS, got ${stranger}.`);
  const devices = CARD_DEVICES.filter((device) => positionals.includes(device));
  if (devices.length > 1) throw new Error(`card measures one device, got ${devices.join(' and ')}.`);
  const limit = Number(values.limit ?? LIMIT);
  if (!(limit > 0)) throw new Error(`--limit takes seconds, got ${values.limit}.`);
  return {
    device: devices[0] ?? 'webgpu',
    quick: positionals.includes('quick'),
    pack: positionals.includes('pack'),
    python: values.python ?? env['PYTHON'] ?? 'python3',
    limit,
  };
}
