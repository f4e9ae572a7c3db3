import type { Device } from '../../devices/device.ts';
import { complaintOf, HarnessError, reason, type ErrorCode } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import { loadDatasets } from '../../registry/datasets.ts';
import { loadModels } from '../../registry/models.ts';
import { decideDevice } from '../device/decide-device.ts';
import { OpenedInputs, openInputs, OtherInputs } from '../host.ts';
import { runJob } from '../run-job.ts';
import { Workspace } from '../workspace.ts';
import type { JobAnswer, JobEnd, JobHost, JobQuestion } from './job-process-calls.ts';

/**
 * The process that runs a worker's jobs, one after the other: a crash of a native library or a kill for lack of memory does not end the
 * worker, and the worker's locks are renewed however busy this process is.
 */

/** Errors of this machine that another may not have: missing files, or an unsupported option such as a device or a library. */
const OF_THIS_MACHINE: readonly ErrorCode[] = ['OPTION', 'SOURCE', 'OFFLINE', 'CHECKSUM', 'STORE', 'OUTPUT'];
/** Number of jobs after which opened encoders and datasets are released: jobs of an experiment share them. */
const SHARED_BY = 16;
/** Milliseconds between two progress messages. */
const EVERY = 500;

let shared: { readonly key: string; readonly inputs: OpenedInputs; readonly workspace: Workspace; jobs: number } | undefined;

/** Notes about inputs that were opened between two jobs, for the next. */
const notes: string[] = [];
let isRunning = false;

process.on('message', (question: JobQuestion) => {
  if (question.kind === 'open') {
    openInputs(question.job, opened(question.host).inputs).catch(() => undefined);
    return;
  }
  isRunning = true;
  for (const line of notes.splice(0)) warn(line);
  answer(question)
    .catch((error: unknown): JobEnd => ({ kind: 'failed', why: reason(error) }))
    .then((end) => {
      isRunning = false;
      send(end);
    })
    .catch(() => undefined);
});
// The worker is gone: nobody waits for the result.
process.on('disconnect', () => process.exit(1));

function warn(line: string): void {
  if (isRunning) send({ kind: 'warning', line });
  else notes.push(line);
}

async function answer({ job, host }: JobQuestion): Promise<JobEnd> {
  try {
    const uses = opened(host);
    uses.jobs++;
    const { inputs, workspace } = uses;
    const { threads, tokenBudget } = host;
    await tryDevice(job.opening.device);
    const files = { out: undefined, save: undefined, overwrite: false };
    return { kind: 'done', result: await runJob(job, { inputs, workspace, threads, tokenBudget, progress: told(), warn, files }) };
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code === 'INTERNAL') return { kind: 'failed', why: reason(error) };
    const isOfMachine = error instanceof OtherInputs || OF_THIS_MACHINE.includes(error.code);
    return isOfMachine ? { kind: 'refused', why: reason(error) } : { kind: 'complaint', complaint: complaintOf(error) };
  }
}

/** Devices that were tried here. */
const tried = new Set<Device>();

/** Throws OPTION if this machine lacks the device of a job. */
async function tryDevice(device: Device = 'cpu'): Promise<void> {
  if (tried.has(device)) return;
  await decideDevice({ word: device });
  tried.add(device);
}

function opened(host: JobHost): NonNullable<typeof shared> {
  const key = JSON.stringify(host);
  if (shared === undefined || shared.key !== key || shared.jobs >= SHARED_BY) {
    const { cacheDir, offline, mirrors } = host;
    const workspace = new Workspace({
      models: loadModels(),
      datasets: loadDatasets(),
      cacheDir,
      offline,
      mirrors,
      onDownload: () => undefined,
      onNote: warn,
    });
    shared = { key, inputs: new OpenedInputs(workspace), workspace, jobs: 0 };
  }
  return shared;
}

function told(): Progress {
  let last = 0;
  return {
    task: (label, total, unit) => {
      let of = total;
      return {
        update: (done) => {
          const now = performance.now();
          if (now - last < EVERY) return;
          last = now;
          send({ kind: 'progress', progress: { label, done, total: of, unit } });
        },
        setTotal: (found) => void (of = found),
        end: () => undefined,
      };
    },
    log: (line) => send({ kind: 'log', line }),
    close: () => undefined,
  };
}

function send(message: JobAnswer): void {
  if (process.connected) process.send!(message);
}
