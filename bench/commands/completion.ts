import path from 'node:path';
import yargs from 'yargs';
import { quoted } from '../terminal/next.ts';
import type { Terminal, CommandModule } from '../command-module.ts';

/** Of a checkout the shell has no `bench`: then it becomes a function that runs this one. */
const HERE = `command -v bench > /dev/null || bench() { node ${quoted(path.join(import.meta.dirname, '..', 'main.js'))} "$@"; }`;

/** `bench completion`: prints a shell script that asks `bench` for completions while typing. */
export const command: CommandModule = {
  summary: 'Print a completion script for bash or zsh; it also defines `bench` where the shell has none.',
  options: {},
  examples: [['bench completion >> ~/.bashrc', 'Complete commands, flags and registry keys in new shells.']],
  async run(_argv, { out }) {
    const lines: string[] = [];
    // yargs prints to the console.
    const { log } = console;
    console.log = (text: string) => void lines.push(text);
    try {
      yargs([]).scriptName('bench').completion('completion').showCompletionScript();
    } finally {
      console.log = log;
    }
    out.write(`${HERE}\n${lines.join('\n')}\n`);
    return 0;
  },
};

/** Argument that the script calls `bench` with: the words typed so far follow, `bench` itself first. */
export const ASKED = '--get-yargs-completions';

export interface CompleteParams {
  /** As typed: `bench`, the command, its arguments; the last one is incomplete. */
  readonly words: readonly string[];
  readonly commands: readonly string[];
  readonly load: (command: string) => Promise<CommandModule | undefined>;
  readonly out: Terminal['out'];
}

/** Completions of the last word: commands, flags, their values, registry keys. */
export async function complete({ words: [, first = '', ...rest], commands, load, out }: CompleteParams): Promise<void> {
  out.write((await candidates({ first, rest, commands, load })).map((word) => `${word}\n`).join(''));
}

async function candidates({
  first,
  rest,
  commands,
  load,
}: Omit<CompleteParams, 'words' | 'out'> & { readonly first: string; readonly rest: readonly string[] }): Promise<string[]> {
  if (rest.length === 0 && !first.startsWith('-')) return commands.filter((name) => name.startsWith(first));
  const isNamed = commands.includes(first);
  const chosen = await load(isNamed ? first : 'run');
  const typed = isNamed ? rest : [first, ...rest];
  const last = typed.at(-1) ?? '';
  const before = typed.at(-2) ?? '';
  if (last.startsWith('-'))
    return Object.keys(chosen?.options ?? {})
      .map((flag) => `--${flag}`)
      .filter((flag) => flag.startsWith(last));
  return (await keysOf(before)).filter((key) => key.startsWith(last));
}

/** Registry keys that a flag accepts. */
async function keysOf(flag: string): Promise<string[]> {
  if (flag === '--encoders') return [...(await import('../../src/registry/models.ts')).loadModels().keys()];
  if (flag === '--datasets') return [...(await import('../../src/registry/datasets.ts')).loadDatasets().keys()];
  if (flag === '--suite') return [...(await import('../../src/registry/suites.ts')).loadSuites().keys()];
  return [];
}
