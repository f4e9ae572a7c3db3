import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary.ts';
import { crashing, WAYS } from './crashing.ts';
import { KINDS, type Kind } from './kinds.ts';

const root = temporaryFolder();
let folders = 0;

/**
 * Maximum milliseconds from the crash to the error of the call: a hundredth of a second is usual, on a machine that is not busy with other
 * specs.
 */
const MOST = 10_000;
/** Ways that take some time before they fail. */
const WORKING: readonly string[] = ['no memory left', 'an answer that cannot be sent'];

async function messageOf({ open, ...kind }: Kind, does: string): Promise<{ message: string; after: number }> {
  const folder = path.join(root, `${folders++}`);
  const crash = crashing(root, { ...kind, does });
  try {
    const used = await open(folder, 1);
    try {
      const message = await used.ask().then(
        () => 'none',
        (error: Error) => error.message,
      );
      return { message, after: performance.timeOrigin + performance.now() - crash.now() };
    } finally {
      await used.close();
    }
  } finally {
    crash.end();
  }
}

for (const kind of KINDS) {
  for (const [way, { does, why }] of Object.entries(WAYS)) {
    test(
      `threads: ${way}, amid a call of ${kind.room}, is that call's error at once, and closing is clean`,
      { timeout: 60_000 },
      async () => {
        const { message, after } = await messageOf(kind, does);
        assert.equal(message, kind.says(why));
        if (!WORKING.includes(way)) assert.ok(after < MOST, `${after} ms`);
      },
    );
  }

  test(`threads: what ${kind.room} is asked and cannot be cloned is that call's error, and the next is answered`, async () => {
    const used = await kind.open(path.join(root, `${folders++}`), 1);
    await assert.rejects(used.ask(Symbol('odd')), {
      message: kind.says('the request cannot be sent (Symbol(odd) could not be cloned)'),
    });
    await used.ask();
    await used.close();
  });

  test(`threads: ${kind.room} is closed twice, and answers no more`, async () => {
    const used = await kind.open(path.join(root, `${folders++}`), 1);
    await used.ask();
    await used.close();
    await used.close();
  });
}
