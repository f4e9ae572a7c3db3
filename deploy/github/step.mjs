// What GitHub gives a step and takes from it (docs.github.com: "Workflow commands for GitHub Actions"). Inputs come through the
// environment alone, as INPUT_NAME or all at once as JSON in INPUTS: an expression inside a script would be a part of the script, whatever
// a branch or a file is called.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What a user has to mend: one line, no stack. */
export class Refused extends Error {}

const all = JSON.parse(process.env['INPUTS'] ?? '{}');

/** Trimmed; '' where it is not given. */
export function input(name) {
  return (process.env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`] ?? all[name] ?? '').trim();
}

/** One value a line, blank lines left out. */
export function lines(name) {
  return input(name)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Throws Refused where it is neither `true` nor `false`. */
export function flag(name) {
  return choice(name, ['true', 'false']) === 'true';
}

/** One of `choices`; `undefined` where it is not given. Throws Refused where it is something else. */
export function choice(name, choices) {
  const value = input(name);
  if (value === '') return undefined;
  if (!choices.includes(value)) throw new Refused(`\`${name}\` is one of ${choices.join(', ')}, got "${value}".`);
  return value;
}

/** The event that began the run; {} outside GitHub. */
export function event() {
  const file = process.env['GITHUB_EVENT_PATH'];
  return file === undefined || file === '' ? {} : JSON.parse(readFileSync(file, 'utf8'));
}

/** For later steps: `steps.ID.outputs.NAME`. */
export function output(name, value) {
  // A delimiter that no value can hold, however many lines it has.
  const end = randomUUID();
  appendTo('GITHUB_OUTPUT', `${name}<<${end}\n${value}\n${end}\n`);
}

/** Markdown, shown on the page of the run. */
export function summary(text) {
  appendTo('GITHUB_STEP_SUMMARY', `${text}\n`);
}

function appendTo(variable, text) {
  const file = process.env[variable];
  if (file === undefined || file === '') process.stdout.write(text);
  else appendFileSync(file, text);
}

/** A line that GitHub shows above the log. level: notice, warning, error. */
export function annotate(level, text) {
  const escaped = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::${level} title=embedding-bench::${escaped}`);
}

/** Runs a program; its stderr goes to the log as it comes. Resolves to its status (null: killed), stdout and stderr. */
export async function run(file, args, { cwd, env = {}, show = false } = {}) {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    written.out += text;
    if (show) process.stdout.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    written.err += text;
    process.stderr.write(text);
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { status, ...written };
}

const BENCH = path.join(import.meta.dirname, '..', '..', 'dist', 'bench', 'main.js');

/** Runs `bench` of this checkout; what it prints goes to the log where `show` is set. */
export async function bench(args, options) {
  return await run(process.execPath, ['--max-semi-space-size=1', BENCH, ...args], options);
}

/** What a command that refuses says last. */
export function lastLine(text) {
  return (text.trimEnd().split('\n').at(-1) ?? '').replace(/^bench: /, '');
}

/** A step's script: what is refused ends it with one line. */
export async function step(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    annotate('error', error.message);
    process.exitCode = 1;
  }
}
