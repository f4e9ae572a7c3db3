import yargs from 'yargs';
import { HarnessError, reason, shown } from '../src/errors.ts';
import { didYouMean } from '../src/registry/names.ts';
import { harmless, harmlessStream } from '../src/report/harmless.ts';
import { EXIT_STATUSES } from '../src/report/output/exit-statuses.ts';
import { wantsColor } from '../src/report/terminal.ts';
import { wrapped } from '../src/report/wrapped.ts';
import { own } from '../src/own.ts';
import { flagged, hasMarks, knowFields, knowFlags } from './flags/flag-names.ts';
import { ASKED, complete } from './commands/completion.ts';
import { helpGroups, isUsual } from './flags/groups.ts';
import { say } from './terminal/say.ts';
import type { Arguments, Terminal, CommandModule } from './command-module.ts';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ command: CommandModule }>;
}

/** The commands, as the overview groups them. A module is loaded only when its command is run. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'Choose an encoder': {
    run: { summary: 'Score frozen encoders by k-NN (default command).', load: () => import('./commands/run.ts') },
    rank: { summary: 'Rank frozen encoders by several estimators, with ties and cost.', load: () => import('./commands/rank.ts') },
    choose: {
      summary: 'Choose one within a time budget, by fine-tuning, and say how sure that is.',
      load: () => import('./commands/choose.ts'),
    },
    agree: { summary: 'Did frozen scores predict fine-tuned scores?', load: () => import('./commands/agree.ts') },
  },
  'Fine-tune and use a model': {
    finetune: { summary: 'Fine-tune encoders, and compare them with the frozen ones.', load: () => import('./commands/finetune.ts') },
    predict: { summary: 'Classify new texts with a saved model or a frozen encoder.', load: () => import('./commands/predict.ts') },
    embed: { summary: 'Write the vectors of texts to a file.', load: () => import('./commands/embed.ts') },
    export: { summary: 'Export a checkpoint as an ONNX folder.', load: () => import('./commands/export.ts') },
  },
  Results: {
    show: { summary: 'Show the tables of a results folder.', load: () => import('./commands/show.ts') },
    report: { summary: 'Write an HTML page: verdict, tables, charts, confusion matrices.', load: () => import('./commands/report.ts') },
    diff: { summary: 'Compare two sets of results, with significance tests.', load: () => import('./commands/diff.ts') },
    map: { summary: 'Plot embeddings in 2D (t-SNE, UMAP).', load: () => import('./commands/map.ts') },
    merge: { summary: 'Combine the results of several machines.', load: () => import('./commands/merge.ts') },
  },
  'Data and encoders': {
    datasets: { summary: 'List datasets; check data.', load: () => import('./commands/datasets.ts') },
    models: { summary: 'List encoders; pin their files.', load: () => import('./commands/models.ts') },
    split: { summary: 'Hold out a fixed, balanced dev set.', load: () => import('./commands/split.ts') },
    cache: { summary: 'List, verify and prune cached files.', load: () => import('./commands/cache.ts') },
  },
  'Several machines': {
    worker: { summary: 'Run jobs from a queue.', load: () => import('./commands/worker.ts') },
    queue: { summary: 'List, drain or clear a queue.', load: () => import('./commands/queue.ts') },
  },
  Shell: { completion: { summary: 'Print a completion script for bash or zsh.', load: () => import('./commands/completion.ts') } },
};

const COMMANDS: Readonly<Record<string, Entry>> = Object.assign({}, ...Object.values(GROUPS)) as Record<string, Entry>;

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Flags that had another name in earlier versions. */
const RENAMED: Readonly<Record<string, string>> = { choose: 'best-epoch-by' };

/** Where a command writes. */
export interface Streams {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
}

/**
 * Runs one command, from the arguments after `bench` to its exit status: an error is printed as a line on `err`. The caller handles the
 * process, broken streams and the exit code. Working directory and environment are those of the process at the time of the call.
 */
export async function runCommand(args: readonly string[], streams: Streams): Promise<number> {
  const terminal = terminalOf(streams, args);
  try {
    return await start(args, terminal);
  } catch (error) {
    return complain(error, terminal, args.includes('--verbose'));
  }
}

async function start(args: readonly string[], terminal: Terminal): Promise<number> {
  const first = args[0];
  if (first === 'help' && args[1] !== undefined) return start([...args.slice(1), '--help'], terminal);
  if (first === '--help' || first === '-h' || first === 'help') return overview(terminal);
  if (first === '--version') {
    const { packageVersion } = await import('../src/home.ts');
    terminal.out.write(`${packageVersion()}\n`);
    return 0;
  }
  const asked = args.indexOf(ASKED);
  if (asked >= 0) {
    const load = async (name: string): Promise<CommandModule> => (await own(COMMANDS, name)!.load()).command;
    await complete({ words: args.slice(asked + 1), commands: Object.keys(COMMANDS), load, out: terminal.out });
    return 0;
  }
  const { command, argv } = await parseCommand(args, terminal);
  return argv === undefined ? 0 : command.run(argv, terminal);
}

interface Parsed {
  readonly name: string;
  readonly command: CommandModule;
  /** undefined if --help was given and the help printed. */
  readonly argv: Arguments | undefined;
}

/** Parses the arguments after `bench` into a command and its flags; nothing is run. Throws OPTION. */
export async function parseCommand(args: readonly string[], terminal: Pick<Terminal, 'out'>): Promise<Parsed> {
  const first = args[0];
  const named = first !== undefined && !first.startsWith('-');
  const name = named ? first : 'run';
  const entry = own(COMMANDS, name);
  if (entry === undefined) {
    throw new HarnessError('OPTION', {
      what: `Unknown command "${name}".${didYouMean(name, Object.keys(COMMANDS))}`,
      hint: 'See `bench --help`.',
    });
  }
  const { command } = await entry.load();
  knowFlags(command.options);
  knowFields([]);
  return { name, command, argv: await parse({ name, command, args: named ? args.slice(1) : args, terminal }) };
}

interface Asked {
  readonly name: string;
  readonly command: CommandModule;
  readonly args: readonly string[];
  readonly terminal: Pick<Terminal, 'out'>;
}

const ALL = '--help-all';

/** undefined if --help was given and the help printed. */
async function parse({ name, command, args: typed, terminal: { out } }: Asked): Promise<Arguments | undefined> {
  const all = typed.includes(ALL);
  const args = typed.map((arg) => (arg === ALL ? '--help' : arg));
  // Before yargs: it looks flags up in tables that contain more than flags (`--constructor`).
  checkFlags(args, name, command);
  const options = { ...command.options, verbose: VERBOSE };
  const hidden = all ? [] : Object.keys(options).filter((flag) => !isUsual(flag, options));
  const width = Math.min(110, out.columns ?? 100);
  const parser = yargs([...args])
    .scriptName('bench')
    .usage(usageOf(name, command, width))
    .options(options)
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
    })
    .version(false)
    .exitProcess(false)
    .wrap(width)
    .fail((message, error) => {
      if (error !== undefined && error.name !== 'YError') throw error;
      const hint = `See \`bench ${name} --help\`.`;
      const [, missing] = /^Missing required arguments?: (.+)$/.exec(message) ?? [];
      if (missing !== undefined) {
        const flags = missing.split(', ').map((flag) => `--${flag}`);
        throw new HarnessError('OPTION', {
          where: flags.join(', '),
          what: flags.length === 1 ? 'It is required.' : 'They are required.',
          hint,
        });
      }
      const [, bare] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
      throw bare === undefined
        ? new HarnessError('OPTION', { what: message.replaceAll('\n', ' '), hint })
        : new HarnessError('OPTION', { where: `--${bare}`, what: 'It needs a value.', hint });
    });
  for (const { title, flags } of helpGroups(options)) parser.group([...flags], `${title}:`);
  for (const flag of hidden) parser.hide(flag);
  if (hidden.length > 0) parser.epilogue(`${hidden.length} more flags: bench ${name} ${ALL}`);
  let helped = false;
  const argv = await parser.help('help').parse([...args], {}, (_error, _argv, output) => {
    if (output !== '') {
      helped = true;
      out.write(`${output}\n`);
    }
  });
  if (helped) return undefined;
  checkRepeated(args, command);
  checkTruths(args, command);
  checkStray(argv, name, command);
  return argv;
}

const VERBOSE = { type: 'boolean', describe: 'Show a stack trace with errors.' } as const;

/** What the command does, and how it is used: examples first. */
function usageOf(name: string, { usage, summary, examples }: CommandModule, width: number): string {
  const lines = examples.map(([command, use]) => `# ${use}\n${foldedCommand(command, width)}`);
  return `bench ${name}${usage === undefined ? '' : ` ${usage}`}\n\n${summary}\n\nExamples:\n${lines.join('\n')}`;
}

/**
 * A long command on several lines, broken before flags with the shell's line continuation; Windows has none that all its shells support.
 */
function foldedCommand(command: string, width: number): string {
  if (command.length <= width || process.platform === 'win32') return command;
  const [first, ...flags] = command.split(/ (?=--)/);
  const lines = [first!];
  for (const flag of flags) {
    const last = lines.at(-1)!;
    if (`${last} ${flag} \\`.length <= width) lines[lines.length - 1] = `${last} ${flag}`;
    else lines.push(`  ${flag}`);
  }
  return lines.join(' \\\n');
}

/** Rejects a flag that is given twice. yargs adds up numbers if the second is 1. */
function checkRepeated(args: readonly string[], { options }: CommandModule): void {
  for (const [flag, { array }] of Object.entries(options)) {
    const times = args.filter((each) => each === `--${flag}` || each.startsWith(`--${flag}=`)).length;
    if (times > 1 && array !== true)
      throw new HarnessError('OPTION', { where: `--${flag}`, what: `It is given ${times} times.`, hint: 'Give it once.' });
  }
}

/** Rejects values of boolean flags other than true and false. yargs takes anything but "true" for false. */
function checkTruths(args: readonly string[], { options }: CommandModule): void {
  for (const arg of args) {
    const [, flag, value] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (flag === undefined || own(options, flag)?.type !== 'boolean' || value === 'true' || value === 'false') continue;
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `It takes true or false, got ${shown(value)}.`,
      hint: 'Give it without a value.',
    });
  }
}

/** Rejects unknown flags, with the most similar known one. */
function checkFlags(args: readonly string[], name: string, command: CommandModule): void {
  const known = new Set([
    'help',
    'verbose',
    ...Object.entries(command.options).flatMap(([key, { alias }]) => [key, ...[alias ?? []].flat()]),
  ]);
  const end = args.indexOf('--');
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const [, flag] = /^--([^=]+)/.exec(arg) ?? [];
    if (flag === undefined || known.has(flag)) continue;
    const renamed = own(RENAMED, flag);
    if (renamed !== undefined && known.has(renamed))
      throw new HarnessError('OPTION', { where: `--${flag}`, what: `It was renamed to --${renamed}.`, hint: `Write --${renamed}.` });
    throw new HarnessError('OPTION', {
      where: `--${flag}`,
      what: `\`bench ${name}\` has no such flag.${didYouMean(
        flag,
        [...known].filter((word) => /^[a-z]{2}/.test(word)),
        '--',
      )}`,
      hint: `See \`bench ${name} --help\`.`,
    });
  }
}

/** Rejects positional arguments and single-letter flags that a command does not take. */
function checkStray(argv: Record<string, unknown>, name: string, command: CommandModule): void {
  const letter = Object.keys(argv).find(
    (flag) =>
      flag.length === 1 &&
      !['_', '$'].includes(flag) &&
      !Object.entries(command.options).some(([key, { alias }]) => [key, alias ?? []].flat().includes(flag)),
  );
  if (letter !== undefined) {
    throw new HarnessError('OPTION', {
      where: `-${letter}`,
      what: `\`bench ${name}\` has no such flag.`,
      hint: `See \`bench ${name} --help\`.`,
    });
  }
  const stray = (argv['_'] as (string | number)[])[0];
  if (command.usage === undefined && stray !== undefined) {
    throw new HarnessError('OPTION', {
      what: `\`bench ${name}\` takes no argument, got "${stray}".`,
      hint: `See \`bench ${name} --help\`.`,
    });
  }
}

function terminalOf({ out, err }: Streams, typed: readonly string[]): Terminal {
  return {
    typed,
    out: harmlessStream(out, { tty: true }),
    err: harmlessStream(err),
    width: out.isTTY ? out.columns : undefined,
    color: wantsColor({ tty: out.isTTY }),
  };
}

function overview({ out, width: columns = Number.POSITIVE_INFINITY }: Terminal): number {
  const width = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));
  const groups = Object.entries(GROUPS).map(
    ([title, entries]) =>
      `${title}:\n${Object.entries(entries)
        .map(([name, { summary }]) => `${folded(`  bench ${name.padEnd(width)}  `, summary, columns)}\n`)
        .join('')}`,
  );
  out.write(
    `Which text encoder is best for your labelled data?\n\nUsage: bench COMMAND [flags]\n\n${groups.join('\n')}\n` +
      `${wrapped('`bench COMMAND --help` shows examples and the usual flags, `--help-all` all flags.', columns)}\n`,
  );
  return 0;
}

/** A command and its summary, which continues below itself on a narrow terminal. */
function folded(command: string, summary: string, columns: number): string {
  const [first, ...more] = wrapped(summary, columns - command.length).split('\n');
  return [`${command}${first}`, ...more.map((line) => `${' '.repeat(command.length)}${line.trimStart()}`)].join('\n');
}

/** One human-readable line; the stack only if requested, or for an internal error. */
async function complain(error: unknown, { err }: Terminal, verbose: boolean): Promise<number> {
  const message = reason(error);
  // The tables of the other commands take a while to load.
  if (error instanceof HarnessError && hasMarks(flagged(message))) await knowAllFlags();
  say(err, `bench: ${message}`);
  if (verbose || !(error instanceof HarnessError)) {
    err.write(`${harmless(flagged(error instanceof Error ? (error.stack ?? error.message) : String(error)))}\n`);
  }
  return EXIT_STATUSES.error.status;
}

/** Registers the flags of all commands, for a message that mentions one of another command. */
async function knowAllFlags(): Promise<void> {
  for (const { load } of Object.values(COMMANDS))
    await load()
      .then(({ command }) => knowFlags(command.options))
      .catch(() => undefined);
}
