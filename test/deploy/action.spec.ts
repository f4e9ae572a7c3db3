import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { BROKEN, writeTexts } from '../bench/choose-inputs.ts';
import { readAction, runAction, type Ran } from '../composite-action.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

/** action.yml in a repository with its own file and encoder, step by step, as GitHub runs it. */

const root = temporaryFolder();
const temp = path.join(root, 'temp');
mkdirSync(temp);
/** Blanks and special characters in names: no input may become part of a script. */
const DATA = "data/my $(touch hurt) 'texts'.csv";
const ENCODER = './encoders/tiny one';

function git(folder: string, ...words: string[]): string {
  return execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...words], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();
}

function commit(folder: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'x');
  return git(folder, 'rev-parse', 'HEAD');
}

/** A repository whose branch `main` has data and an encoder. */
function repository(): { readonly origin: string; readonly base: string } {
  const origin = mkdtempSync(path.join(root, 'origin-'));
  git(origin, 'init', '--quiet');
  // GitHub serves any commit that a branch contains.
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  mkdirSync(path.join(origin, 'data'));
  mkdirSync(path.join(origin, 'encoders'));
  writeTexts(path.join(origin, DATA), { texts: 60 });
  writeTinyEncoder(path.join(origin, ENCODER), { layers: 2, seed: 1 });
  return { origin, base: commit(origin) };
}

/** The result of `change` on a branch, merged with main as actions/checkout leaves it: one commit deep. */
function pullRequest({ origin, base }: { readonly origin: string; readonly base: string }, change: (folder: string) => void) {
  git(origin, 'checkout', '--quiet', '-b', 'branch', base);
  change(origin);
  const head = commit(origin);
  git(origin, 'checkout', '--quiet', '--detach', base);
  git(origin, 'merge', '--quiet', '--no-ff', '--message', 'merge', head);
  git(origin, 'branch', 'merge');
  const workspace = mkdtempSync(path.join(root, 'workspace-'));
  git(workspace, 'clone', '--quiet', '--depth=1', '--branch=merge', `file://${origin}`, '.');
  return { workspace, head, event: { pull_request: { number: 5, head: { sha: head, repo: { full_name: 'o/r' } }, base: { sha: base } } } };
}

/** Classes that no longer fit the texts. */
function shuffleLabels(folder: string): void {
  const file = path.join(folder, DATA);
  const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  writeFileSync(file, `${[head, ...rows.map((row, i) => `${row.split(',')[0]!},${'xyz'[Math.floor(i / 20)]}`)].join('\n')}\n`);
}

const INPUTS = {
  dataset: DATA,
  'text-column': 'text',
  'label-column': 'label',
  encoders: ENCODER,
  args: '--pooling mean\n--protocol leave-one-out',
  'node-version': '',
  comment: 'false',
};

function act(
  { workspace, event }: { workspace: string; event: object },
  inputs: Record<string, string> = {},
  env: Record<string, string> = {},
): Ran {
  return runAction({
    action: packageRoot(),
    workspace,
    temp,
    inputs: { ...INPUTS, ...inputs },
    event,
    env: { GITHUB_REPOSITORY: 'o/r', GITHUB_SHA: git(workspace, 'rev-parse', 'HEAD'), HF_HUB_OFFLINE: '1', NO_COLOR: '1', ...env },
  });
}

test('action: data made worse are compared with the base, there is a comment, and the job fails where it is asked to', () => {
  const { origin, base } = repository();
  const pull = pullRequest({ origin, base }, shuffleLabels);
  const ran = act(
    pull,
    { 'fail-on': 'significantly-worse', comment: 'true' },
    { GITHUB_API_URL: 'http://127.0.0.1:9', GITHUB_GRAPHQL_URL: 'http://127.0.0.1:9' },
  );
  assert.equal(ran.failed, 'Verdict', ran.log);
  assert.match(ran.outputs['verdict']!, /^--fail-on significantly-worse: 1 /);
  assert.equal(ran.outputs['compared-with'], base.slice(0, 7));
  const comment = readFileSync(ran.outputs['comment']!, 'utf8');
  assert.match(
    comment,
    new RegExp(
      `^<!-- embedding-bench: embedding-bench -->\n\n## embedding-bench\n\n### .*, ${base.slice(0, 7)} → ${pull.head.slice(0, 7)}: ` +
        String.raw`0 better, 1 worse \(1 significantly\)`,
    ),
  );
  assert.match(
    comment,
    /<details><summary>Results of [0-9a-f]{7}<\/summary>\n\n### [^]*\n<\/details>\n\n\[Results and page\]\(\S+\/o\/r\/actions\/runs\/7\)\n$/,
  );
  assert.match(ran.summary, /1 worse/);
  const page = readFileSync(path.join(ran.outputs['page']!, 'index.html'), 'utf8');
  assert.ok(page.includes(base.slice(0, 7)) && !page.includes('a b e h'), 'a page with the comparison, without texts');
  // GitHub could not be reached: reported, and the evaluation counts.
  assert.match(ran.log, /::warning title=embedding-bench::The comment could not be written/);
  assert.ok(!existsSync(path.join(pull.workspace, 'hurt')) && !existsSync(path.join(root, 'hurt')));
  assert.deepEqual(git(pull.workspace, 'status', '--porcelain'), '?? embedding-bench-results/', 'index and files of the checkout stay');
  assert.ok(ran.steps.includes('Comment'));

  // The same without --fail-on.
  const second = pullRequest(repository(), shuffleLabels);
  const calm = act(second, { page: 'false' });
  assert.equal(calm.failed, undefined, calm.log);
  assert.match(readFileSync(calm.outputs['comment']!, 'utf8'), /1 worse/);
  assert.equal(calm.outputs['page'], '');
});

test('action: an encoder that came with the pull request is new, one that became another is compared', () => {
  const pull = pullRequest(repository(), (folder) => {
    writeTinyEncoder(path.join(folder, 'encoders/added'), { layers: 1, seed: 3 });
    rmSync(path.join(folder, ENCODER), { recursive: true });
    writeTinyEncoder(path.join(folder, ENCODER), { layers: 1, seed: 2 });
  });
  const { failed, log, outputs } = act(pull, { encoders: `${ENCODER}\nother=./encoders/added`, page: 'false' });
  assert.equal(failed, undefined, log);
  const comment = readFileSync(outputs['comment']!, 'utf8');
  assert.match(comment, /\nNew: `other=\.\/encoders\/added` is not in commit [0-9a-f]{7}\.\n/);
  assert.match(comment, /0 better, 1 worse, 1 new, 0 gone and 0 unchanged|1 better, 0 worse, 1 new, 0 gone and 0 unchanged/);
});

test('action: an encoder that fails fails the job, and the others are in the comment', () => {
  const { origin } = repository();
  mkdirSync(path.join(origin, 'encoders/broken'));
  BROKEN['nan']!(path.join(origin, 'encoders/broken'));
  commit(origin);
  const { failed, log, outputs } = act({ workspace: origin, event: {} }, { encoders: `${ENCODER},./encoders/broken`, page: 'false' });
  assert.equal(failed, 'Verdict', log);
  assert.match(outputs['verdict']!, /^Failed: `broken` on `my .*`\. The log has the reasons\.$/);
  const comment = readFileSync(outputs['comment']!, 'utf8');
  assert.match(comment, /\nFailed: `broken` on [^]*Nothing to compare with: there is no commit before this one\.[^]*\| tiny one/);
  assert.ok(!comment.includes('NaN'), 'reasons may quote texts');
});

test('action: a repository that begins with this has nothing to compare with, which is said', () => {
  const { origin, base } = repository();
  const workspace = mkdtempSync(path.join(root, 'workspace-'));
  git(workspace, 'clone', '--quiet', `file://${origin}`, '.');
  const first = act({ workspace, event: { before: '0'.repeat(40), after: base } }, { 'fail-on': 'any' });
  assert.equal(first.failed, undefined, first.log);
  assert.match(first.summary, /Nothing to compare with: there is no commit before this one\./);
  assert.equal(first.outputs['compared-with'], '');
  assert.ok(existsSync(path.join(first.outputs['page']!, 'index.html')));

  // The base has neither data nor encoder.
  const bare = mkdtempSync(path.join(root, 'origin-'));
  git(bare, 'init', '--quiet');
  git(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  writeFileSync(path.join(bare, 'README.md'), 'x');
  const empty = commit(bare);
  const pull = pullRequest({ origin: bare, base: empty }, (folder) =>
    cpSync(origin, folder, { recursive: true, filter: (from) => !from.includes(`${path.sep}.git`) }),
  );
  const ran = act(pull, { page: 'false' });
  assert.equal(ran.failed, undefined, ran.log);
  assert.match(ran.summary, /Nothing to compare with: `data\/my .*`, `.*` are not in commit/);
});

test('action: results that the repository keeps are compared with as the base commit has them', () => {
  const { origin } = repository();
  const workspace = mkdtempSync(path.join(root, 'workspace-'));
  git(workspace, 'clone', '--quiet', `file://${origin}`, '.');
  const kept = act({ workspace, event: {} }, { out: 'kept', page: 'false', baseline: 'none' });
  cpSync(kept.outputs['results']!, path.join(origin, 'kept'), { recursive: true });
  const pull = pullRequest({ origin, base: commit(origin) }, (folder) => {
    shuffleLabels(folder);
    writeFileSync(path.join(folder, 'kept', 'results.csv'), 'not looked at\n');
  });
  const ran = act(pull, { baseline: 'kept', page: 'false', 'fail-on': 'worse' });
  assert.equal(ran.failed, 'Verdict', ran.log);
  assert.match(ran.summary, /1 worse/);
  rmSync(ran.outputs['results']!, { recursive: true });
  const missing = act(pull, { baseline: 'nowhere', page: 'false', 'fail-on': 'worse' });
  assert.equal(missing.failed, undefined, missing.log);
  assert.match(missing.summary, /Nothing to compare with: commit [0-9a-f]{7} has no `nowhere\/results\.csv`\./);
});

test('action: what cannot be run is one line, before anything is installed', () => {
  const { origin } = repository();
  const on = { workspace: origin, event: {} };
  for (const [inputs, said] of [
    [{ dataset: '' }, 'There is nothing to evaluate: give `dataset`, `suite` or `request`.'],
    [{ 'fail-on': 'worst' }, '`fail-on` is one of worse, significantly-worse, any, got "worst".'],
    [{ texts: 'yes' }, '`texts` is one of true, false, got "yes".'],
    [{ args: 'pooling mean' }, '`args`: a line is a flag of `bench run`, as "--pooling mean", got "pooling mean".'],
    [{ args: '--out x' }, '`args`: --out is not for the action: give `out`.'],
    [{ out: 'data' }, '`out`: data has files already. Name a folder that is not there; results in the repository are a `baseline`.'],
    [{ 'working-directory': 'none' }, '`working-directory`: there is no folder none in the repository.'],
  ] as const) {
    const ran = act(on, inputs);
    assert.equal(ran.failed, 'Plan');
    assert.equal(ran.log, `::error title=embedding-bench::${said}\n`);
  }
  // An error of the command is the error of the job.
  const refused = act(on, { 'label-column': 'topic' });
  assert.equal(refused.failed, 'Evaluate');
  assert.match(refused.log, /::error title=embedding-bench::.*topic/);
});

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: string;
}

/** A mock of GitHub for comments. */
async function github(comments: readonly object[]): Promise<{ readonly url: string; readonly asked: Asked[]; readonly close: () => void }> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage): Promise<object> => {
    const { method = '', url = '', headers } = request;
    asked.push({
      method,
      url,
      authorization: headers.authorization ?? '',
      body: (JSON.parse(await text(request)) as { body?: string }).body ?? '',
    });
    return url === '/graphql' ? { data: { repository: { pullRequest: { comments: { nodes: comments } } } } } : {};
  };
  const server = createServer((request, response) => void answer(request).then((body) => response.end(JSON.stringify(body))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

async function writeComment(url: string, full_name: string): Promise<string> {
  const place = mkdtempSync(path.join(root, 'comment-'));
  writeFileSync(path.join(place, 'event.json'), JSON.stringify({ pull_request: { number: 5, head: { repo: { full_name } } } }));
  writeFileSync(path.join(place, 'comment.md'), '<!-- embedding-bench: x -->\n\nnow\n');
  const child = spawn(process.execPath, [path.join(packageRoot(), 'deploy', 'github', 'comment.mjs')], {
    env: {
      ...process.env,
      GITHUB_EVENT_PATH: path.join(place, 'event.json'),
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_API_URL: url,
      GITHUB_GRAPHQL_URL: `${url}/graphql`,
      INPUT_BODY: path.join(place, 'comment.md'),
      INPUT_TOKEN: 'a-token',
    },
  });
  const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return out;
}

test('action: the comment is created once and then updated, no other is overwritten, and none is written from a fork', async () => {
  const body = '<!-- embedding-bench: x -->\n\nnow\n';
  const first = await github([
    { databaseId: 1, body: '<!-- embedding-bench: x -->\n\nsomebody else', viewerDidAuthor: false },
    { databaseId: 2, body: 'another', viewerDidAuthor: true },
  ]);
  assert.equal(await writeComment(first.url, 'o/r'), '');
  assert.deepEqual(
    first.asked.map(({ body: sent, ...each }) => ({ ...each, sent: sent === body })),
    [
      { method: 'POST', url: '/graphql', authorization: 'Bearer a-token', sent: false },
      { method: 'POST', url: '/repos/o/r/issues/5/comments', authorization: 'Bearer a-token', sent: true },
    ],
  );
  first.close();
  const again = await github([{ databaseId: 3, body: '<!-- embedding-bench: x -->\n\nbefore', viewerDidAuthor: true }]);
  await writeComment(again.url, 'o/r');
  assert.deepEqual(
    again.asked.map(({ method, url }) => `${method} ${url}`),
    ['POST /graphql', 'PATCH /repos/o/r/issues/comments/3'],
  );
  assert.match(
    await writeComment(again.url, 'somebody/r'),
    /^::notice title=embedding-bench::The token of a pull request from a fork cannot comment/,
  );
  assert.equal(again.asked.length, 2);
  again.close();
});

function code(value: string): string {
  return value === '' ? '' : `\`${value}\``;
}

test('action: the inputs in docs/ci.md are those of action.yml', () => {
  const docs = readFileSync(path.join(packageRoot(), 'docs', 'ci.md'), 'utf8');
  const rows = [...docs.matchAll(/^\| `([\w-]+)` \| (.*?) \| (.*?) \|$/gm)].map(([, name, value, about]) => [name, value, about]);
  const { inputs, outputs } = readAction(path.join(packageRoot(), 'action.yml'));
  assert.deepEqual(rows, [
    ...Object.entries(inputs).map(([name, { description, default: value }]) => [name, code(value), description]),
    ...Object.entries(outputs).map(([name, { description }]) => [name, '', description]),
  ]);
});
