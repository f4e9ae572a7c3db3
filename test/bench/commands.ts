import type { Terminal, CommandModule } from '../../bench/command-module.ts';

/** The commands, as on the command line. */
export const COMMANDS = [
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
  name: (typeof COMMANDS)[number],
  flags: Readonly<Record<string, unknown>> = {},
  words: readonly string[] = [],
): Promise<Ended> {
  const { command } = (await import(`../../bench/commands/${name}.js`)) as { command: CommandModule };
  const written = { out: '', err: '' };
  const stream = (into: keyof typeof written) =>
    ({ isTTY: false, write: (text: string) => (written[into] += text) }) as unknown as NodeJS.WriteStream;
  const terminal: Terminal = { out: stream('out'), err: stream('err'), typed: [], width: undefined, color: false };
  const defaults = Object.fromEntries(Object.entries(command.options).map(([flag, option]) => [flag, option.default as unknown]));
  const status = await command.run({ ...defaults, ...flags, _: [...words] }, terminal);
  return { status, ...written };
}
