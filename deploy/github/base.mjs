// What a commit is compared with: the commit before it, and what that has.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { event, input, run } from './step.mjs';

const NO_COMMIT = /^0*$/;

/** Of the commit that is checked out at `folder`; it is fetched where it is not there. Either `{ commit }` or `{ none }`, the reason. */
export async function baseCommit(folder) {
  const git = gitIn(folder);
  if ((await rootOf(folder)) === undefined) return { none: 'there is no git checkout (actions/checkout comes first)' };
  const commit = await namedByEvent(git);
  if (commit === undefined || NO_COMMIT.test(commit)) return { none: 'there is no commit before this one' };
  if (!(await has(git, commit)) && !(await fetched(folder, commit))) return { none: `commit ${short(commit)} could not be fetched` };
  return { commit };
}

/** Of the repository; undefined where there is none. */
export async function rootOf(folder) {
  return await gitIn(folder)('rev-parse', '--show-toplevel');
}

/** Of a pull request what it would be merged into, of a push what the branch was. */
async function namedByEvent(git) {
  const { pull_request: pull, merge_group: group, before } = event();
  if (pull !== undefined) {
    // GitHub checks out a merge of both: its first parent is the branch as it is now. A shallow clone has the name of that commit alone.
    const parents = await parentsOf(git);
    return parents.length === 2 ? parents[0] : pull.base.sha;
  }
  return group?.base_sha ?? before;
}

async function parentsOf(git) {
  const text = (await git('cat-file', '-p', 'HEAD')) ?? '';
  return [...text.split('\n\n')[0].matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent);
}

async function has(git, commit) {
  return (await git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`)) !== undefined;
}

async function fetched(folder, commit) {
  // As the checkout may; where it keeps no credentials, with the job's token. Both at once is two headers, which GitHub refuses.
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${input('token')}`).toString('base64')}`;
  const key = `http.${process.env['GITHUB_SERVER_URL']}/.extraheader`;
  for (const env of [{}, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: key, GIT_CONFIG_VALUE_0: header }]) {
    const git = gitIn(folder, { ...env, GIT_TERMINAL_PROMPT: '0' });
    if ((await git('fetch', '--quiet', '--no-tags', '--depth=1', 'origin', commit)) !== undefined) return await has(git, commit);
  }
  return false;
}

/** Writes `what` of a commit, a path in the repository, below `into`. Whether the commit has it. The checkout stays as it is. */
export async function writeTree({ root, commit, what, into }) {
  mkdirSync(into, { recursive: true });
  const git = gitIn(root, { GIT_INDEX_FILE: `${into}.index` });
  return (await git(`--work-tree=${into}`, 'checkout', '--quiet', commit, '--', what)) !== undefined;
}

/** What of the inputs the base has: a file that came with the head is left out, one that git does not keep is that of the head. */
export async function inputsAtBase(inputs, base) {
  const added = [];
  const keep = async (entries) => {
    const kept = [];
    for (const entry of entries) {
      const [, name = '', place] = /^([^/=]+=)?(.*)$/s.exec(entry);
      if (!existsSync(path.resolve(inputs.workspace, place)) || existsSync(path.resolve(base, place))) kept.push(entry);
      else if (await isTracked(inputs.workspace, place)) added.push(entry);
      else kept.push(`${name}${path.resolve(inputs.workspace, place)}`);
    }
    return kept;
  };
  return { inputs: { ...inputs, datasets: await keep(inputs.datasets), encoders: await keep(inputs.encoders) }, added };
}

/** Whether the checkout has a file or folder by its commit, and not from an earlier step. */
export async function isTracked(folder, place) {
  const found = await gitIn(folder)('ls-files', '--', place);
  return found !== undefined && found !== '';
}

/** What git prints; undefined where it refuses, and then its complaint is in the log. */
function gitIn(folder, env = {}) {
  return async (...args) => {
    const { status, out } = await run('git', args, { cwd: folder, env });
    return status === 0 ? out.trim() : undefined;
  };
}

export function short(commit) {
  return commit.slice(0, 7);
}
