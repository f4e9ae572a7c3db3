// The inputs of action.yml as the arguments of `bench run`.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { flag, choice, input, lines, Refused } from './step.mjs';

/** What the action gives itself, or what would end with something else than one results folder. */
const OWN_FLAGS = ['--out', '--dry-run', '--shard', '--format', '--help'];
/** As `bench diff --fail-on`. */
const FAIL_ON = ['worse', 'significantly-worse', 'any'];

/** Throws Refused, before anything is installed or fetched. */
export function readInputs() {
  const workspace = path.resolve(process.env['GITHUB_WORKSPACE'] ?? '.', input('working-directory'));
  if (!existsSync(workspace))
    throw new Refused(`\`working-directory\`: there is no folder ${input('working-directory')} in the repository.`);
  const given = {
    datasets: lines('dataset'),
    encoders: lines('encoders')
      .flatMap((line) => line.split(',').map((each) => each.trim()))
      .filter((each) => each !== ''),
    suite: input('suite'),
    request: input('request'),
    columns: ['text-column', 'label-column'].flatMap((name) => (input(name) === '' ? [] : [`--${name}=${input(name)}`])),
    flags: lines('args').flatMap(flagOf),
  };
  if (given.datasets.length === 0 && given.suite === '' && given.request === '')
    throw new Refused('There is nothing to evaluate: give `dataset`, `suite` or `request`.');
  for (const name of ['cache', 'comment', 'page', 'texts']) flag(name);
  return {
    ...given,
    workspace,
    out: outFolder(workspace),
    name: input('name') || 'embedding-bench',
    baseline: input('baseline'),
    failOn: choice('fail-on', FAIL_ON),
  };
}

/** Of `--pooling mean` what comes after the first blank is the value, and needs no quotes. */
function flagOf(line) {
  const [, name, value] = /^(--?[\w-]+)(?:[ =](.*))?$/s.exec(line) ?? [];
  if (name === undefined) throw new Refused(`\`args\`: a line is a flag of \`bench run\`, as "--pooling mean", got "${line}".`);
  if (OWN_FLAGS.includes(name)) throw new Refused(`\`args\`: ${name} is not for the action${name === '--out' ? ': give `out`' : ''}.`);
  return value === undefined ? [name] : [`${name}=${value.trim()}`];
}

/** Scores that an earlier run left there would be reported as those of this commit. */
function outFolder(workspace) {
  const out = path.resolve(workspace, input('out') || 'embedding-bench-results');
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new Refused(
      `\`out\`: ${path.basename(out)} has files already. Name a folder that is not there; results in the repository are a \`baseline\`.`,
    );
  return out;
}

/** Arguments of `bench`. */
export function runArguments({ request, suite, encoders, datasets, columns, flags }, out) {
  return [
    'run',
    ...(request === '' ? [] : [`--request=${request}`]),
    ...(suite === '' ? [] : [`--suite=${suite}`]),
    ...(encoders.length === 0 ? [] : [`--encoders=${encoders.join(',')}`]),
    ...datasets.map((dataset) => `--dataset=${dataset}`),
    ...columns,
    ...flags,
    `--out=${out}`,
  ];
}
