import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../src/home.ts';

const workflow = readFileSync(path.join(packageRoot(), '.github', 'workflows', 'bench.yml'), 'utf8');

test('bench.yml: actions are named by commit', () => {
  const uses = [...workflow.matchAll(/uses: (\S+)(.*)/g)];
  assert.ok(uses.length > 0);
  for (const [, action, comment] of uses) assert.match(`${action}${comment}`, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('bench.yml: no expression becomes a part of a script', () => {
  const scripts = [...workflow.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.*)\n)/gm)].map(([, , block, line]) => block ?? line!);
  assert.ok(scripts.some((script) => script.includes('bench -- merge')));
  for (const script of scripts) assert.doesNotMatch(script, /\$\{\{/);
});

test('bench.yml: a job may write only what it says, and that is a comment or a page', () => {
  assert.match(workflow, /^permissions:\n {2}contents: read\n\w/m);
  assert.deepEqual([...workflow.matchAll(/^ {6}([\w-]+): write$/gm)].map(([, what]) => what), ['pull-requests', 'pages', 'id-token']);
});
