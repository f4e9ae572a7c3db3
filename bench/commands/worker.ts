import { availableParallelism } from 'node:os';
import { HarnessError } from '../../src/errors.ts';
import { formatDuration } from '../../src/report/quantities.ts';
import { interruption } from '../terminal/interrupt.ts';
import { say } from '../terminal/say.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, texts, whole } from '../flags/options.ts';
import { namedQueue, QUEUE_OPTIONS } from '../flags/queue.ts';
import type { CommandModule, Terminal } from '../command-module.ts';
import { DEVICE_TAKES, isDeviceWord, type Device } from '../../src/devices/device.ts';
import { decideDevice } from '../../src/experiment/device/decide-device.ts';
import type { WorkerEvent } from '../../src/experiment/queue/worker.ts';

/** Seconds after which a silent worker is considered dead. */
const LOCK_SECONDS = 30;

const { 'models-file': _models, 'datasets-file': _datasets, ...SOURCES } = SOURCE_OPTIONS;

/** `bench worker`: runs jobs from a queue. */
export const command: CommandModule = {
  summary: 'Run jobs of run, rank, finetune and choose from a queue (their --queue), until Ctrl-C.',
  options: {
    ...QUEUE_OPTIONS,
    concurrency: { type: 'number', requiresArg: true, default: 1, describe: 'Concurrent jobs, one process each.' },
    threads: { ...RESOURCE_OPTIONS.threads, default: undefined, defaultDescription: 'all cores, divided by concurrency' },
    device: {
      type: 'string',
      requiresArg: true,
      describe: `Only run jobs for this device: ${DEVICE_TAKES}. Default: any that is here.`,
    },
    'token-budget': RESOURCE_OPTIONS['token-budget'],
    'lock-seconds': {
      type: 'number',
      requiresArg: true,
      default: LOCK_SECONDS,
      describe: 'Seconds without a heartbeat after which other workers take over its jobs.',
    },
    ...SOURCES,
    quiet: { type: 'boolean', describe: 'Only print errors.' },
  },
  examples: [
    ['bench worker --queue redis://queue.example:6379', 'One job at a time, with all cores.'],
    ['bench worker --queue redis://localhost --concurrency 4 --threads 2', 'Four jobs at a time.'],
    ['bench worker --queue redis://localhost --device cuda:1', 'With the second of several cards; one worker for each.'],
  ],
  async run(argv, terminal) {
    const { address, sendLimit } = namedQueue(argv);
    const concurrency = whole(argv, 'concurrency', 1)!;
    const threads = whole(argv, 'threads') ?? Math.max(1, Math.floor(availableParallelism() / concurrency));
    const lockMs = whole(argv, 'lock-seconds', 1)! * 1000;
    if (lockMs < 2000) throw new HarnessError('OPTION', { where: '--lock-seconds', what: 'It is 2 or more.' });
    const host = {
      cacheDir: text(argv, 'cache')!,
      offline: isSet(argv, 'offline'),
      mirrors: texts(argv, 'mirror'),
      threads,
      tokenBudget: whole(argv, 'token-budget'),
    };
    const device = await servedDevice(text(argv, 'device'), terminal);
    const { QueueWorker } = await import('../../src/experiment/queue/worker.ts');
    const onEvent = (event: WorkerEvent): void => sayEvent(event, terminal, isSet(argv, 'quiet'));
    const worker = await QueueWorker.start({ address, host, device, concurrency, sendLimit, lockMs, onEvent });
    const controller = new AbortController();
    const interrupted = interruption(
      () => say(terminal.err, 'Finishing running jobs, taking no more. Press Ctrl-C again to quit immediately.'),
      controller,
    );
    await new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
    await worker.close();
    interrupted.end();
    return interrupted.status;
  },
};

/** The device whose jobs it runs; undefined: any. Throws OPTION. */
async function servedDevice(word: string | undefined, { err }: Terminal): Promise<Device | undefined> {
  if (word === undefined) return undefined;
  if (!isDeviceWord(word)) {
    throw new HarnessError('OPTION', {
      where: '--device',
      what: `"${word}" is not a valid value.`,
      hint: `It takes ${DEVICE_TAKES}; omitted, a worker runs jobs for any device that it has.`,
    });
  }
  const { device, why } = await decideDevice({ word });
  if (why !== undefined) say(err, why);
  return device;
}

function sayEvent(event: WorkerEvent, { err }: Terminal, quiet: boolean): void {
  const line = wordsOf(event);
  const isPlain = event.kind === 'ready' || event.kind === 'took' || event.kind === 'did';
  if (!quiet || !isPlain) say(err, line);
}

function wordsOf(event: WorkerEvent): string {
  switch (event.kind) {
    case 'ready':
      return `${event.name} takes jobs from ${event.queue} (${event.machine}).`;
    case 'took':
      return `Begun: ${event.job}`;
    case 'did':
      return `Done: ${event.job}, ${formatDuration(event.seconds)}`;
    case 'refused':
      return `Left to others: ${event.job}: ${event.why}`;
    case 'failed':
      return `Failed: ${event.job}: ${event.why}`;
    case 'warning':
      return event.line;
    default:
      return event satisfies never;
  }
}
