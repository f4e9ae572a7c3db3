// First step: refuses what cannot be run, finds the commit to compare with, and names the cache. It needs nothing that is installed.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { output, run, step } from './step.mjs';
import { baseCommit } from './base.mjs';
import { readInputs, runArguments } from './inputs.mjs';

await step(async () => {
  const inputs = readInputs();
  const { commit = '', none = '' } = inputs.baseline === 'none' ? {} : await baseCommit(inputs.workspace);
  output('commit', commit);
  output('none', none);
  // A cache holds files by hash and vectors by all that makes them: whatever is restored is right. The key says when there is more to
  // save.
  const hash = createHash('sha256').update(JSON.stringify(runArguments(inputs, '')));
  const places = [...inputs.datasets, ...inputs.encoders.map((each) => each.replace(/^[^/=]+=/, '')), inputs.request].filter(
    (each) => each !== '',
  );
  if (places.length > 0) hash.update((await run('git', ['ls-tree', 'HEAD', '--', ...places], { cwd: inputs.workspace })).out);
  // Where the job has places of its own for them, those are taken.
  const cache = process.env['EMBEDDING_BENCH_CACHE'] || path.join(process.env['RUNNER_TEMP'] ?? '', 'embedding-bench-cache');
  output('cache', cache);
  output('hub', process.env['HF_HOME'] || path.join(cache, 'hub'));
  output('cache-key', `embedding-bench-${process.env['RUNNER_OS'] ?? ''}-${hash.digest('hex').slice(0, 16)}`);
  output('artifact', inputs.name.replaceAll(/[^\w.-]+/g, '-'));
});
