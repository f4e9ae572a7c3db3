import { fork } from 'node:child_process';
import path from 'node:path';
import type { Message, Tally, Task } from './child.ts';

/** Time after which an input is stopped. Far above MOST_MS, because the machine may be busy. */
const PATIENCE_MS = 20_000;
/** JavaScript heap of the process; an input that exhausts it ends the process. */
const HEAP_MB = 512;
/** Number of inputs that hang or crash a reader before it is given up. */
const MOST_DEATHS = 5;

export interface Finding {
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
  readonly what: string;
  /** The input; undefined if it ended the process. */
  readonly base64?: string | undefined;
}

export interface Watched {
  readonly tallies: readonly Tally[];
  readonly findings: readonly Finding[];
}

export interface WatchOptions {
  readonly onInput?: (() => void) | undefined;
  /** Program that the process runs. */
  readonly script?: string | undefined;
  readonly patienceMs?: number | undefined;
}

/** Has a process read the inputs, and another one those after an input that ended it. */
export async function watch(task: Task, options: WatchOptions = {}): Promise<Watched> {
  const tallies: Tally[] = [];
  const findings: Finding[] = [];
  let { from } = task;
  for (let deaths = 0; from < task.to && deaths < MOST_DEATHS; deaths++) {
    const { tally, found, at, end } = await runOne({ ...task, from }, options);
    findings.push(...found.map(({ number, finding, base64 }) => ({ reader: task.reader, seed: task.seed, number, what: finding, base64 })));
    if (tally !== undefined) return { tallies: [...tallies, tally], findings };
    findings.push({ reader: task.reader, seed: task.seed, number: at, what: end });
    from = at + 1;
  }
  return { tallies, findings };
}

interface Ended {
  readonly tally: Tally | undefined;
  readonly found: readonly Extract<Message, { kind: 'found' }>[];
  /** Input that was read last. */
  readonly at: number;
  /** How the process ended. */
  readonly end: string;
}

function runOne(
  task: Task,
  { onInput, script = path.join(import.meta.dirname, 'child.js'), patienceMs = PATIENCE_MS }: WatchOptions,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = fork(script, [JSON.stringify(task)], {
      execArgv: ['--expose-gc', `--max-old-space-size=${HEAP_MB}`, '--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let [at, tally, hung, said] = [task.from, undefined as Tally | undefined, false, ''];
    const found: Extract<Message, { kind: 'found' }>[] = [];
    const watchdog = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, patienceMs);
    child.stderr!.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-4000)));
    child.on('message', (message: Message) => {
      watchdog.refresh();
      if (message.kind === 'at') {
        at = message.number;
        onInput?.();
      } else if (message.kind === 'found') found.push(message);
      else tally = message.tally;
    });
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      resolve({
        tally,
        found,
        at,
        end: hung ? `does not end within ${patienceMs / 1000} s` : `ends the process (${signal ?? `status ${code}`}): ${said.trim()}`,
      });
    });
  });
}
