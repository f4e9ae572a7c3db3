import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { HarnessError } from '../../src/errors.ts';
import { Thread } from '../../src/threads/thread.ts';
import type { SumCalls } from './sums.ts';

const file = new URL('./sums.js', import.meta.url);
const failed = (why: string) => new HarnessError('INTERNAL', { what: `No sums: ${why}.` });
const sums = () => new Thread<SumCalls>({ file, failed });

/** A thread that is closed when the test is over. */
async function within<T>(use: (thread: Thread<SumCalls>) => Promise<T>): Promise<T> {
  const thread = sums();
  try {
    return await use(thread);
  } finally {
    await thread.close();
  }
}

test('thread: calls in flight are answered each by its own answer, one after the other', () =>
  within(async (thread) => {
    const words = ['a', 'b', 'c'].map((word) => thread.call('slowly', word));
    const found = await Promise.all([1, 2, 3].map((a) => thread.call('add', { a, b: 10 })));
    assert.deepEqual(found, [11, 12, 13]);
    await Promise.all(words);
    assert.deepEqual(
      await thread.call('said', undefined),
      ['a', 'b', 'c'].flatMap((word) => [`begin ${word}`, `end ${word}`]),
    );
  }));

test('thread: progress comes before the answer, in order, to the call that it is of', () =>
  within(async (thread) => {
    const told: string[] = [];
    const counts = ['x', 'y'].map((name) =>
      thread.call('count', 3, { onProgress: (at) => void told.push(`${name}${at}`) }).then((answer) => told.push(`${name} ${answer}`)),
    );
    await Promise.all(counts);
    assert.deepEqual(told, ['x1', 'x2', 'x3', 'x done', 'y1', 'y2', 'y3', 'y done']);
    const error = new Error('not here');
    await assert.rejects(
      thread.call('count', 3, {
        onProgress: () => {
          throw error;
        },
      }),
      (thrown) => thrown === error,
    );
    assert.equal(await thread.call('count', 3), 'done');
  }));

test('thread: buffers are moved both ways', () =>
  within(async (thread) => {
    const values = Float32Array.of(1, 2, 3);
    const back = await thread.call('back', values, { transfer: [values.buffer] });
    assert.deepEqual([values.length, back], [0, Float32Array.of(1, 2, 3)]);
    const copied = Float32Array.of(4);
    assert.deepEqual([await thread.call('back', copied), copied], [Float32Array.of(4), Float32Array.of(4)]);
    await assert.rejects(thread.call('back', values), {
      message: 'No sums: the request cannot be sent (An ArrayBuffer is detached and could not be cloned).',
    });
    const again = thread.call('back', values, { transfer: [values.buffer] });
    await assert.rejects(again, { message: 'No sums: the request cannot be read (Unable to deserialize cloned data).' });
  }));

test('thread: what a call throws is its error, and the next is answered', () =>
  within(async (thread) => {
    await assert.rejects(thread.call('complain', 'here'), { name: 'HarnessError', code: 'DATA', message: 'here: It is odd. Mend it.' });
    for (const [thrown, why] of [
      [new Error('boom.'), 'boom'],
      [new Error('two\nlines'), 'two lines'],
      [undefined, 'undefined'],
      ['a word', 'a word'],
      [7, '7'],
    ] as const) {
      await assert.rejects(thread.call('fail', thrown), { name: 'HarnessError', code: 'INTERNAL', message: `No sums: ${why}.` });
    }
    assert.equal(await thread.call('add', { a: 1, b: 1 }), 2);
  }));

test('thread: what ends it between calls is the error of later ones', async () => {
  const thread = sums();
  const heard = new Int32Array(new SharedArrayBuffer(4));
  await thread.call('later', heard);
  Atomics.store(heard, 0, 1);
  while (!thread.ended)
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  for (let i = 0; i < 2; i++) await assert.rejects(thread.call('add', { a: 1, b: 1 }), { message: 'No sums: boom.' });
  await thread.close();
});

test('thread: a worker file that cannot be loaded is the error of the first call', async () => {
  const thread = new Thread<SumCalls>({ file: new URL('./none.js', import.meta.url), failed });
  await assert.rejects(thread.call('add', { a: 1, b: 1 }), { message: /^No sums: Cannot find module '.*none\.js'.*\.$/ });
  await thread.close();
});

test('thread: closing ends what is asked, at once where no native call runs, and may be done as often as one likes', async () => {
  const thread = sums();
  const asked = ['forever', 'said'].map((name) =>
    assert.rejects(thread.call(name as 'said', undefined), { message: 'No sums: it was closed.' }),
  );
  await Promise.all([thread.close(), thread.close(), ...asked]);
  await thread.close();
  await assert.rejects(thread.call('said', undefined), { message: 'No sums: it was closed.' });
});

test('thread: closing waits for the native call that runs, not for those that would follow', async () => {
  const thread = sums();
  const asked = assert.rejects(thread.call('products', { rows: 300, times: 100_000 }), { message: 'No sums: it was closed.' });
  await new Promise((resolve) => {
    setTimeout(resolve, 500);
  });
  await thread.close();
  await asked;
});

/** Programs with a thread `t`: their output and their exit. A process that is aborted has no status. */
const PROGRAMS: Readonly<Record<string, { readonly code: string; readonly says?: string; readonly status?: number }>> = {
  'ends by itself with a thread that nobody asked': { code: "console.log('over');", says: 'over\n' },
  'ends by itself with a thread that has answered': { code: "console.log(await t.call('add', { a: 1, b: 1 }));", says: '2\n' },
  'waits for what is asked': { code: "t.call('slowly', 'a').then(() => console.log('answered'));", says: 'answered\n' },
  'waits for a thread that is being closed': { code: "await t.close(); console.log('closed');", says: 'closed\n' },
  'waits for a thread that is being closed amid native calls': {
    code: "t.call('products', { rows: 700, times: 1e5 }).catch((e) => console.log(e.message)); await s(700); await t.close(); console.log('closed');",
    says: 'No sums: it was closed.\nclosed\n',
  },
  'is ended amid native calls': {
    code: "t.call('products', { rows: 700, times: 1e5 }).catch(() => {}); await s(700); process.exit(7);",
    status: 7,
  },
  'fails amid native calls': {
    code: "t.call('products', { rows: 700, times: 1e5 }).catch(() => {}); await s(700); console.error = () => {}; process.exitCode = 8; throw new Error('x');",
    status: 1,
  },
  'is ended by the error of a thread': {
    code: "const heard = new Int32Array(new SharedArrayBuffer(4)); await t.call('later', heard); Atomics.store(heard, 0, 1); await t.call('forever', undefined).catch((e) => { console.log(e.message); process.exit(9); });",
    says: 'No sums: boom.\n',
    status: 9,
  },
  'is ended while threads start': {
    code: 'for (let i = 0; i < 4; i++) new Thread({ file, failed }); await s(110); process.exit(5);',
    status: 5,
  },
};

for (const [name, { code, says = '', status = 0 }] of Object.entries(PROGRAMS)) {
  test(`thread: a process that ${name}`, { timeout: 60_000 }, () => {
    const program = `
      import { Thread } from ${JSON.stringify(new URL('../../src/threads/thread.js', import.meta.url).href)};
      const file = new URL(${JSON.stringify(file.href)});
      const failed = (why) => new Error('No sums: ' + why + '.');
      const s = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const t = new Thread({ file, failed });
      ${code}`;
    const found = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    assert.deepEqual([found.stdout, found.status, found.signal], [says, status, null]);
  });
}
