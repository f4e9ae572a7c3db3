import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { withoutSource } from '../../src/devices/device.ts';

/** Lines of stderr that are shown of a process that failed. */
const SHOWN_LINES = 12;

/** What a process printed, and why it did not end well. */
export interface Ended {
  readonly results: readonly Readonly<Record<string, unknown>>[];
  readonly failed: string | undefined;
  /** Most memory in use on the card meanwhile, less what was in use before, in MiB; undefined where nothing tells. */
  readonly cardMemory: number | undefined;
}

/** Processes one after the other until a time limit. Each prints lines `RESULT {…}`; what it printed before a crash counts. */
export class Processes {
  readonly #end: number;
  readonly #memory: CardMemory;

  constructor(limit: number) {
    this.#end = performance.now() + 1000 * limit;
    this.#memory = new CardMemory();
  }

  close(): void {
    this.#memory.close();
  }

  /** Runs a command for at most `seconds`. Never throws: a failure is a part of the answer. */
  async run(command: readonly [string, ...string[]], seconds: number): Promise<Ended> {
    const left = (this.#end - performance.now()) / 1000;
    if (left < 2) return { results: [], failed: 'no time was left', cardMemory: undefined };
    const time = Math.min(seconds, left);
    const before = this.#memory.begin();
    const [file, ...args] = command;
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HF_HUB_OFFLINE: '1' } });
    const results: Record<string, unknown>[] = [];
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('RESULT ')) results.push(JSON.parse(line.slice(7)) as Record<string, unknown>);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-20_000)));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, 1000 * time);
    const failed = await new Promise<string | undefined>((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      child.on('close', (status, signal) => {
        if (late) resolve(`stopped after ${time.toFixed(0)} s`);
        else if (status === 0) resolve(undefined);
        else resolve(signal === null ? reasonIn(errors) : `${signal}: ${reasonIn(errors)}`);
      });
    });
    clearTimeout(timer);
    // Drivers say more than the error: a machine may not be there for a second look.
    if (failed !== undefined && errors !== '') process.stderr.write(`${errors.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')}\n`);
    const most = this.#memory.most;
    return { results, failed, cardMemory: before === undefined || most === undefined ? undefined : most - before };
  }
}

/** The line that says what went wrong: that of an error, without its class, else the last. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => /^(\w*Error|terminate called|Fatal)\b/.test(line));
  return withoutSource((error ?? lines.at(-1) ?? 'nothing on stderr').replace(/^\w*Error: /, '').trim());
}

const QUERY = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
const EVERY = 100;

/** Memory in use on the first NVIDIA card by nvidia-smi; of other cards nothing is known. */
class CardMemory {
  readonly #reader: ReturnType<typeof spawn> | undefined;
  #now: number | undefined;
  #most: number | undefined;

  constructor() {
    if (spawnSync('nvidia-smi', QUERY, { encoding: 'utf8' }).status !== 0) return;
    this.#reader = spawn('nvidia-smi', [...QUERY, '-i', '0', `--loop-ms=${EVERY}`], { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: this.#reader.stdout! }).on('line', (line) => {
      this.#now = Number(line);
      this.#most = Math.max(this.#most ?? 0, this.#now);
    });
  }

  /** Memory in use now, from which the most is counted. */
  begin(): number | undefined {
    this.#most = this.#now;
    return this.#now;
  }

  get most(): number | undefined {
    return this.#most;
  }

  close(): void {
    this.#reader?.kill();
  }
}

/** Names and drivers of NVIDIA's cards; undefined where there is no nvidia-smi. */
export function cardName(): string | undefined {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim().split('\n').join('; ') : undefined;
}
