import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { COMMAND_NAMES, parseCommand } from '../../bench/command.ts';
import { flagged } from '../../bench/flags/flag-names.ts';
import { valuesOf } from '../../bench/flags/table.ts';
import { own } from '../../src/own.ts';
import { packageRoot } from '../../src/home.ts';
import { checkRequest, REQUESTS } from '../../src/experiment/read-request.ts';
import { commandLines, inlineCode, PAGES } from './pages.ts';

/** Commands of the docs are parsed by the command line's own parser and schemas, and not run. */

const { scripts } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const timings = readFileSync(path.join(packageRoot(), 'perf', 'main.ts'), 'utf8');
const out = new PassThrough() as unknown as NodeJS.WriteStream;

/** Words of a line as in a POSIX shell, up to a comment, a pipe or another command. */
function wordsOf(command: string): string[] {
  const words: string[] = [];
  for (const [word] of command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^(?:#.*|\||>|<|&&|\d?>.*)$/.test(word)) break;
    words.push(word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return words;
}

/** The words after `bench`; undefined if the line is not of this program. */
function benchWords(command: string): string[] | undefined {
  const all = wordsOf(command);
  const words = all.slice(all.findIndex((word) => !/^[A-Z_]+=/.test(word)));
  if (words[0] === 'npx') words.shift();
  if (words[0] === 'bench') return words.slice(1);
  const [npm, run, ...rest] = words.filter((word) => word !== '--silent');
  if (npm !== 'npm' || run !== 'run' || rest[0] !== 'bench') return undefined;
  return rest[1] === '--' ? rest.slice(2) : rest.slice(1);
}

async function complaint(command: string, { values }: { readonly values: boolean }): Promise<string | undefined> {
  const words = benchWords(command);
  if (words === undefined || words[0] === '--help' || words[0] === '--version') return undefined;
  try {
    const { name, argv } = await parseCommand(words, { out });
    const schema = own(REQUESTS, name);
    if (values && schema !== undefined && argv !== undefined && argv['request'] === undefined) {
      checkRequest(schema, { command: name, ...valuesOf(argv, schema.shape) });
    }
    return undefined;
  } catch (error) {
    return flagged((error as Error).message);
  }
}

async function faultsOf(
  all: readonly { readonly file: string; readonly line: number; readonly command: string }[],
  how: { readonly values: boolean },
): Promise<string[]> {
  const faults: string[] = [];
  for (const { file, line, command } of all) {
    const why = await complaint(command, how);
    if (why !== undefined) faults.push(`${file}:${line}: ${command}: ${why}`);
  }
  return faults;
}

test('docs: command lines have flags and values that the command line takes', async () => {
  const all = PAGES.flatMap(commandLines);
  assert.ok(all.filter(({ command }) => benchWords(command) !== undefined).length > 50);
  // What is shown as refused, or incomplete.
  assert.deepEqual(
    await faultsOf(
      all.filter(({ command }) => !command.includes('…')),
      { values: true },
    ),
    [],
  );
});

test('docs: commands in sentences have flags that there are', async () => {
  const all = PAGES.flatMap(inlineCode).filter(
    ({ command }) => /^(?:npm run |npx )?bench(?: |$)/.test(command) && !/…|COMMAND/.test(command),
  );
  // A sentence may name a command, or a flag of it, without everything that a run needs.
  const faults = (await faultsOf(all, { values: false })).filter(
    (fault) => !/: (?:It is|They are) required\.|: It needs a value/.test(fault),
  );
  assert.deepEqual(faults, []);
});

test('docs: scripts of package.json and timings that are named are there', () => {
  const all = PAGES.flatMap((page) => [...commandLines(page), ...inlineCode(page)]);
  const faults = all.flatMap(({ file, line, command }) => {
    const [, script, timing] = /\bnpm run (?:--silent )?([\w-]+)(?: -- ([a-z][\w-]*))?/.exec(command) ?? [];
    if (script === undefined) return [];
    const at = `${file}:${line}: ${command}`;
    if (command.includes('--prefix .github/site')) return [];
    if (!Object.hasOwn(scripts, script)) return [`${at}: no such script`];
    return script !== 'perf' || timing === undefined || new RegExp(`^ {2}'?${timing}'?: \\{\\s+about`, 'm').test(timings)
      ? []
      : [`${at}: no such timing`];
  });
  assert.deepEqual(faults, []);
});

test('docs: a mistake in a command is found', async () => {
  assert.match((await complaint('npm run bench -- rank --lable-column topic', { values: false }))!, /has no such flag/);
  assert.match((await complaint('bench rnak --help', { values: false }))!, /rnak/);
  assert.match((await complaint("bench finetune --objective 'clasic' # a comment", { values: true }))!, /clasic/);
  assert.equal(await complaint('PYTHON=python3 npm run perf -- trec6', { values: true }), undefined);
});

test('README: every command is in the table', () => {
  const table = PAGES[0]!.prose
    .map(({ text }) => text)
    .filter((text) => text.startsWith('|'))
    .join('\n');
  assert.deepEqual(
    COMMAND_NAMES.filter((name) => !new RegExp(`\`(?:bench )?${name}\``).test(table)),
    [],
  );
});
