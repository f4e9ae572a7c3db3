import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** Runs the steps of a composite action like GitHub's runner, as far as action.yml needs: inputs, expressions, environment files. */

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly 'working-directory'?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface ActionRun {
  /** Checkout of the action. */
  readonly action: string;
  /** Checkout of the repository that uses it. */
  readonly workspace: string;
  /** For files that a run leaves. */
  readonly temp: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** As GitHub writes it for the event. */
  readonly event: object;
  readonly env: Readonly<Record<string, string>>;
}

export interface Ran {
  /** Of the first step that failed. */
  readonly failed: string | undefined;
  readonly log: string;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Names of steps that ran, and `uses` of those that are other actions, which are not run. */
  readonly steps: readonly string[];
}

export function readAction(file: string): Action {
  return parse(readFileSync(file, 'utf8')) as Action;
}

export function runAction({ action, workspace, temp, inputs, event, env }: ActionRun): Ran {
  const { inputs: known, outputs, runs } = readAction(path.join(action, 'action.yml'));
  const place = mkdtempSync(path.join(temp, 'runner-'));
  const [eventFile, summaryFile] = [path.join(place, 'event.json'), path.join(place, 'summary.md')];
  writeFileSync(eventFile, JSON.stringify(event));
  writeFileSync(summaryFile, '');
  for (const name of Object.keys(inputs)) if (!Object.hasOwn(known, name)) throw new Error(`action.yml has no input ${name}`);
  const steps: Record<string, { outputs: Record<string, string> }> = {};
  const github = {
    event,
    action_path: action,
    token: 'a-token',
    server_url: 'https://github.com',
    repository: env['GITHUB_REPOSITORY'],
    run_id: '7',
  };
  const contexts: Contexts = {
    inputs: { ...Object.fromEntries(Object.entries(known).map(([name, each]) => [name, each.default])), ...inputs },
    steps,
    github,
    runner: { temp, os: 'Linux' },
  };
  const ran: string[] = [];
  let [failed, log]: [string | undefined, string] = [undefined, ''];
  for (const each of runs.steps) {
    if (failed !== undefined) break;
    if (each.if !== undefined && !isTrue(evaluated(inner(each.if), contexts))) continue;
    ran.push(each.name ?? each.uses!);
    if (each.run === undefined) continue;
    const outputFile = path.join(place, `output-${ran.length}`);
    writeFileSync(outputFile, '');
    // GitHub's command for `shell: bash`.
    const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', each.run], {
      cwd: path.resolve(workspace, filled(each['working-directory'] ?? '.', contexts)),
      encoding: 'utf8',
      env: {
        ...process.env,
        GITHUB_ACTION_PATH: action,
        GITHUB_WORKSPACE: workspace,
        GITHUB_EVENT_PATH: eventFile,
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
        RUNNER_TEMP: temp,
        RUNNER_OS: 'Linux',
        ...env,
        ...Object.fromEntries(Object.entries(each.env ?? {}).map(([name, value]) => [name, filled(value, contexts)])),
      },
    });
    log += stdout + stderr;
    if (each.id !== undefined) steps[each.id] = { outputs: readOutputs(readFileSync(outputFile, 'utf8')) };
    if (status !== 0) failed = each.name;
  }
  return {
    failed,
    log,
    summary: readFileSync(summaryFile, 'utf8'),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, filled(value, contexts)])),
    steps: ran,
  };
}

/** NAME=VALUE, or NAME<<END with lines up to END. */
function readOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^(?:([\w-]+)=(.*)|([\w-]+)<<(.+)\n([^]*?)\n?\4)$/gm);
  return Object.fromEntries([...found].map(([, short, value, long, , lines]) => [short ?? long!, value ?? lines!]));
}

type Contexts = Readonly<Record<'inputs' | 'steps' | 'github' | 'runner', object>>;

/** Text with its expressions replaced. */
function filled(text: string, contexts: Contexts): string {
  return String(text).replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) => shown(evaluated(expression, contexts)));
}

function inner(condition: string): string {
  return condition.replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1');
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : String(value as string);
}

function isTrue(value: unknown): boolean {
  return Boolean(value);
}

/** The part of GitHub's expressions that this action uses: `toJSON(x)`, paths, strings, ==, !=, && and ||. Throws for anything else. */
function evaluated(expression: string, contexts: Contexts): unknown {
  for (const [operator, join] of [
    ['||', (a: unknown, b: unknown) => a || b],
    ['&&', (a: unknown, b: unknown) => a && b],
    ['==', (a: unknown, b: unknown) => a === b],
    ['!=', (a: unknown, b: unknown) => a !== b],
  ] as const) {
    const at = expression.indexOf(operator);
    if (at !== -1) return join(evaluated(expression.slice(0, at), contexts), evaluated(expression.slice(at + 2), contexts));
  }
  const word = expression.trim();
  const [, string] = /^'([^']*)'$/.exec(word) ?? [];
  if (string !== undefined) return string;
  const [, json] = /^toJSON\((\w+)\)$/.exec(word) ?? [];
  if (json !== undefined) return JSON.stringify(contexts[json as keyof Contexts], undefined, 2);
  if (!/^[a-z][\w.-]*$/.test(word)) throw new Error(`no such expression: ${word}`);
  return word.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name] ?? '', contexts);
}
