import { HarnessError } from '../../src/errors.ts';
import type { QueueOverview } from '../../src/experiment/queue/overview.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { didYouMean } from '../../src/registry/names.ts';
import { FORMATS } from '../../src/report/render.ts';
import { listingText } from '../terminal/listing.ts';
import { say } from '../terminal/say.ts';
import { tableWidth, WIDE_OPTION, word } from '../flags/options.ts';
import { namedQueue, QUEUE_OPTIONS } from '../flags/queue.ts';
import type { Terminal, CommandModule } from '../command-module.ts';

const WORDS = ['list', 'drain', 'clear'] as const;
const { 'send-limit': _limit, ...QUEUE } = QUEUE_OPTIONS;

/** `bench queue`: shows and clears the state of a queue. */
export const command: CommandModule = {
  summary: 'List the jobs of a queue; remove those that wait (drain), or everything of a project (clear).',
  usage: '[list|drain|clear]',
  options: {
    ...QUEUE,
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
  },
  examples: [
    ['bench queue --queue redis://localhost', 'Workers, jobs, what failed and why.'],
    ['bench queue drain --queue redis://localhost', 'Remove jobs that have not started.'],
    ['bench queue clear --queue redis://localhost', 'Remove everything: jobs, results, uploaded files.'],
  ],
  async run(argv, terminal) {
    const asked = argv._.map(String);
    const what = WORDS.find((each) => each === (asked[0] ?? 'list'));
    if (what === undefined || asked.length > 1) {
      throw new HarnessError('OPTION', {
        where: 'bench queue',
        what: `It does not know "${asked.join(' ')}".${didYouMean(asked[0]!, WORDS)}`,
        hint: `It takes ${WORDS.join(', ')}.`,
      });
    }
    const { address } = namedQueue(argv);
    const { clear, drain, overview } = await import('../../src/experiment/queue/overview.ts');
    const warn = (line: string): void => say(terminal.err, line);
    switch (what) {
      case 'drain': {
        const jobs = await drain(address, warn);
        say(terminal.out, `${jobs} ${jobs === 1 ? 'job' : 'jobs'} removed that had not started.`);
        return 0;
      }
      case 'clear': {
        await clear(address, warn);
        say(terminal.out, `Removed everything of ${address.prefix} from ${address.shown}.`);
        return 0;
      }
      case 'list':
        list(await overview(address, warn), word(argv, 'format', FORMATS) ?? 'table', { ...terminal, width: tableWidth(argv, terminal) });
        return 0;
      default:
        return what satisfies never;
    }
  },
};

/** On a narrow terminal the columns with the lowest importance are dropped first. */
const IMPORTANCE: Readonly<Record<string, number>> = { Workers: 1, Done: 2, Waiting: 3, Running: 4, Failed: 5 };

function list(queues: readonly QueueOverview[], format: (typeof FORMATS)[number], terminal: Terminal): void {
  const rows = queues.map(rowOf);
  const head = ['Version', 'Workers', 'Waiting', 'Running', 'Done', 'Failed'];
  const lines = rows.map(({ version, workers, waiting, running, done, failed }) => [
    version,
    String(workers.length),
    waiting,
    running,
    done,
    failed,
  ]);
  terminal.out.write(listingText({ command: 'queue', head, lines, rows, importance: IMPORTANCE }, format, terminal));
  if (format !== 'table') return;
  for (const { workers, running, failed } of queues) {
    for (const worker of workers) say(terminal.out, `Worker: ${worker}`);
    for (const { job, worker = 'a worker', progress } of running) {
      say(terminal.out, `Running on ${worker}: ${job}${progress === undefined ? '' : ` (${progress})`}`);
    }
    for (const { job, why } of failed) say(terminal.out, `Failed: ${job}: ${why}`);
  }
}

function rowOf({ version, workers, waiting, running, done, failed }: QueueOverview): OutputRow<typeof TABLES.queue> {
  return {
    version,
    workers,
    waiting: String(waiting),
    running: String(running.length),
    done: String(done),
    failed: String(failed.length),
  };
}
