import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { heedStreams } from '../../bench/terminal/streams.ts';

/** A stream of the process that fails as specified, and what was written to it. */
function stream(): { readonly it: NodeJS.WriteStream; readonly said: string[] } {
  const said: string[] = [];
  const it = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk));
      done();
    },
  });
  return { it: it as unknown as NodeJS.WriteStream, said };
}

function failing(which: 'stdout' | 'stderr', code: string): { readonly failed: number | undefined; readonly said: readonly string[] } {
  const before = process.exitCode;
  const [out, err] = [stream(), stream()];
  const heeded = heedStreams({ stdout: out.it, stderr: err.it } as unknown as NodeJS.Process);
  (which === 'stdout' ? out : err).it.emit('error', Object.assign(new Error(`${code}: no`), { code }));
  process.exitCode = before;
  return { failed: heeded.failed, said: err.said };
}

test('streams: a reader that has had enough is no failure; a disk that is full is one; who does not listen is not told', () => {
  assert.deepEqual(failing('stdout', 'EPIPE'), { failed: undefined, said: [] });
  assert.deepEqual(failing('stdout', 'ENOSPC'), { failed: 2, said: ['bench: standard output: It cannot be written (ENOSPC: no).\n'] });
  assert.deepEqual(failing('stderr', 'EPIPE'), { failed: undefined, said: [] });
  assert.deepEqual(failing('stderr', 'ENOSPC'), { failed: undefined, said: [] });
});

for (const closed of ['stdout', 'stderr'] as const) {
  test(`streams: a command whose ${closed} is not read ends as usual`, async () => {
    const child = spawn(
      process.execPath,
      [path.join(import.meta.dirname, '..', '..', 'bench', 'main.js'), ...(closed === 'stdout' ? ['models'] : ['nonsense'])],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child[closed].destroy();
    const other = closed === 'stdout' ? child.stderr : child.stdout;
    let text = '';
    other.on('data', (chunk) => (text += String(chunk)));
    const [status] = await once(child, 'close');
    assert.deepEqual([status, text], [closed === 'stdout' ? 0 : 2, '']);
  });
}
