import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../src/experiment/job.ts';
import { openEnvelope, envelopeId, Packing, unpacked } from '../../../src/experiment/queue/envelope.ts';
import { loadDatasets } from '../../../src/registry/datasets.ts';
import { loadModels } from '../../../src/registry/models.ts';
import { temporaryFolder } from '../../temporary.ts';
import { plannedJobs } from './planned-jobs.ts';

const MB = 1e6;
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

for (const command of ['run', 'rank', 'finetune', 'map'] as const) {
  test(`envelope: the jobs of ${command} come out as they went in, without a path of this machine, and called the same everywhere`, async () => {
    const [here, there] = [await plannedJobs(temporaryFolder(), command), await plannedJobs(temporaryFolder(), command)];
    const packings = [new Packing(10 * MB), new Packing(10 * MB)];
    for (const [i, job] of here.jobs.entries()) {
      const packed = await packings[0]!.pack(job);
      const text = JSON.stringify({ job: packed.job });
      assert.ok(!text.includes(here.root) && !text.includes(process.cwd()));
      const opened = openEnvelope(JSON.parse(text));
      assert.deepEqual(asJson(opened), asJson(packed.job));
      assert.equal(envelopeId(opened), packed.id);
      assert.equal((await packings[1]!.pack(there.jobs[i]!)).id, packed.id);
      // Resolved to the paths of its files it is the planned job.
      const own = await unpacked(opened, async (digest) => packed.folders.find(({ manifest }) => manifest.digest === digest)!.root);
      assert.deepEqual(asJson(own), asJson(job));
    }
  });
}

test('envelope: another thread count is the same job, another setting, text or weight another', async () => {
  const { jobs } = await plannedJobs(temporaryFolder(), 'run');
  const job = jobs.find(({ kind }) => kind === 'score') as Extract<Job, { kind: 'score' }>;
  const idOf = async (change: Partial<typeof job>): Promise<string> => (await new Packing(MB).pack({ ...job, ...change })).id;
  const id = await idOf({});
  assert.equal(await idOf({ settings: { ...job.settings, threads: 7, tokenBudget: 99 } }), id);
  assert.notEqual(await idOf({ settings: { ...job.settings, seed: 7 } }), id);
  assert.notEqual(await idOf({ inputs: { ...job.inputs, data: '0'.repeat(64) } }), id);
});

test('envelope: every entry of the registries can be in a job, but for those of one machine’s disk', async () => {
  const { jobs } = await plannedJobs(temporaryFolder(), 'run');
  const job = jobs[0]!;
  for (const [name, entry] of loadModels()) {
    const ref = { kind: 'entry' as const, name, entry, firstLayers: undefined };
    openEnvelope(asJson({ job: (await new Packing(MB).pack({ ...job, encoders: [ref] })).job }));
  }
  for (const [name, entry] of loadDatasets()) {
    if (JSON.stringify(entry).includes('"file:')) continue;
    const ref = { kind: 'entry' as const, name, entry };
    openEnvelope(asJson({ job: (await new Packing(MB).pack({ ...job, dataset: ref })).job }));
  }
  const entry = { key: 'x', aliases: [], variants: [{ dtype: 'fp32' as const, from: 'file:/x', files: {} }] };
  await assert.rejects(new Packing(MB).pack({ ...job, encoders: [{ kind: 'entry', name: 'x', entry, firstLayers: undefined }] }), {
    message: /^x: Its registry entry has a local file as source, which workers cannot access\./,
  });
});
