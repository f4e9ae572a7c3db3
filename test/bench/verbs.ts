import type { Terminal, Verb } from '../../bench/verb.ts';

/** The commands, as on the command line. */
export const VERBS = [
  'run',
  'rank',
  'finetune',
  'choose',
  'predict',
  'show',
  'diff',
  'agree',
  'merge',
  'models',
  'datasets',
  'cache',
  'embed',
  'export',
  'split',
  'map',
  'report',
] as const;

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, with flags as yargs passes them. Throws what the command throws. */
export async function call(
  name: (typeof VERBS)[number],
  flags: Readonly<Record<string, unknown>> = {},
  words: readonly string[] = [],
): Promise<Ended> {
  const { verb } = (await import(`../../bench/commands/${name}.js`)) as { verb: Verb };
  const written = { out: '', err: '' };
  const stream = (into: keyof typeof written) =>
    ({ isTTY: false, write: (text: string) => (written[into] += text) }) as unknown as NodeJS.WriteStream;
  const terminal: Terminal = { out: stream('out'), err: stream('err'), typed: [], width: undefined, color: false };
  const defaults = Object.fromEntries(Object.entries(verb.options).map(([flag, option]) => [flag, option.default as unknown]));
  const status = await verb.run({ ...defaults, ...flags, _: [...words] }, terminal);
  return { status, ...written };
}
