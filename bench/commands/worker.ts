import { availableParallelism } from 'node:os';
import { HarnessError } from '../../src/errors.ts';
import { formatDuration } from '../../src/report/quantities.ts';
import { interruption } from '../terminal/interrupt.ts';
import { say } from '../terminal/say.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, texts, whole } from '../flags/options.ts';
import { namedQueue, QUEUE_OPTIONS } from '../flags/queue.ts';
import type { CommandModule, Terminal } from '../command-module.ts';
import { checkDevice, DEVICES, type Device } from '../../src/devices/device.ts';
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
    device: { choices: DEVICES, requiresArg: true, describe: 'Only run trainings for this device (and all other jobs); default: all.' },
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
    ['bench worker --queue redis://localhost --device cuda', 'On a machine with a GPU.'],
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
      tokenBudget: whole(argv, 'token-budget')!,
    };
    const device = text(argv, 'device') as Device | undefined;
    if (device !== undefined) checkDevice(device);
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
