// Evaluates this commit, and the one it is compared with.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inputsAtBase, isTracked, rootOf, short, writeTree } from './base.mjs';
import { readInputs, runArguments } from './inputs.mjs';
import { annotate, bench, event, input, lastLine, output, Refused, step } from './step.mjs';

await step(async () => {
  const inputs = readInputs();
  const head = await bench(runArguments(inputs, inputs.out), { cwd: inputs.workspace, show: true });
  if (!existsSync(path.join(inputs.out, 'results.csv'))) throw new Refused(lastLine(head.err) || ended(head.status));
  output('results', inputs.out);
  output('complaint', complaint(head.status, inputs.out));
  output('head', short(event().pull_request?.head.sha ?? process.env['GITHUB_SHA'] ?? 'head'));
  const base = await baseline(inputs);
  output('baseline', base.folder ?? '');
  output('base', base.folder === undefined || base.commit === undefined ? '' : short(base.commit));
  output('note', base.note);
  if (base.note !== '') annotate('notice', base.note);
});

function ended(status) {
  return status === null ? 'bench run was killed.' : `bench run ended with status ${status}.`;
}

/** What is missing from results that are there: '' where nothing is. Reasons may quote texts of the data, and stay in the log. */
function complaint(status, folder) {
  if (status === 0) return '';
  if (status !== 1) return ended(status);
  const { failures } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8'));
  const names = new Set(failures.map(({ encoder, dataset }) => `\`${encoder}\` on \`${dataset}\``));
  return `Failed: ${[...names].join(', ')}. The log has the reasons.`;
}

/** The results folder to compare with, its commit, and what there is to say of it. */
async function baseline(inputs) {
  if (inputs.baseline === 'none') return { note: '' };
  const [commit, none] = [input('commit'), input('none')];
  const root = await rootOf(inputs.workspace);
  const place = mkdtempSync(path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'embedding-bench-'));
  const within = root === undefined ? '' : path.relative(root, inputs.workspace);
  const tree = path.join(place, 'tree');
  if (inputs.baseline !== '' && root !== undefined) return await committed({ inputs, root, commit: commit || 'HEAD', within, tree });
  if (none !== '') return { note: `Nothing to compare with: ${none}.` };
  if (!(await writeTree({ root, commit, what: '.', into: tree })))
    return { commit, note: `Nothing to compare with: commit ${short(commit)} has no files.` };
  return await evaluated({ inputs, commit, base: path.join(tree, within), folder: path.join(place, short(commit)) });
}

/** Results that the repository keeps, as the base commit has them; those that an earlier step put there as they are. */
async function committed({ inputs, root, commit, within, tree }) {
  const given = path.resolve(inputs.workspace, inputs.baseline);
  if (existsSync(given) && !(await isTracked(inputs.workspace, inputs.baseline))) return { folder: folderOf(given), note: '' };
  const what = path.join(within, inputs.baseline);
  const name = commit === 'HEAD' ? 'this commit' : `commit ${short(commit)}`;
  if (await writeTree({ root, commit, what, into: tree })) {
    const folder = folderOf(path.join(tree, what));
    if (existsSync(path.join(folder, 'results.csv'))) return { commit: commit === 'HEAD' ? undefined : commit, folder, note: '' };
  }
  return { note: `Nothing to compare with: ${name} has no \`${path.join(folderOf(inputs.baseline), 'results.csv')}\`.` };
}

function folderOf(place) {
  return path.basename(place) === 'results.csv' ? path.dirname(place) : place;
}

/** The same inputs on the files of the base commit. What cannot be evaluated there is no fault of the head. */
async function evaluated({ inputs, commit, base, folder }) {
  const nothing = (why) => ({ commit, note: `Nothing to compare with: ${why}.` });
  if (!existsSync(base)) return nothing(`commit ${short(commit)} has no folder ${path.relative(process.cwd(), inputs.workspace)}`);
  const { inputs: atBase, added } = await inputsAtBase(inputs, base);
  const isNew = `${added.map((each) => `\`${each}\``).join(', ')} ${added.length === 1 ? 'is' : 'are'} not in commit ${short(commit)}`;
  if (atBase.datasets.length < 1 && inputs.datasets.length > 0) return nothing(isNew);
  if (atBase.encoders.length < 1 && inputs.encoders.length > 0) return nothing(isNew);
  console.log(`::group::Commit ${short(commit)}`);
  const { status } = await bench(runArguments(atBase, folder), { cwd: base, show: true });
  console.log('::endgroup::');
  if (!existsSync(path.join(folder, 'results.csv')))
    return nothing(`commit ${short(commit)} could not be evaluated (the log has the reason)`);
  const failed = complaint(status, folder);
  const notes = [added.length === 0 ? '' : `New: ${isNew}.`, failed === '' ? '' : `Commit ${short(commit)}: ${failed}`];
  return { commit, folder, note: notes.filter((each) => each !== '').join(' ') };
}
