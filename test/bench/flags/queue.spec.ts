import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutCredentials } from '../../../bench/flags/queue.ts';
import { queueAddress } from '../../../src/experiment/queue/address.ts';

const PASSWORDS = ['hunter2', 'hunter2:x', 'hunter@2', 'hunter%402'];

test('queue: user and password of an address are in nothing that is kept or shown, whatever signs they have', () => {
  for (const password of PASSWORDS) {
    for (const user of ['', 'me']) {
      const url = `rediss://${user}:${password}@example.org:7000/3`;
      assert.deepEqual(withoutCredentials(['run', '--queue', url, `--queue=${url}`]), [
        'run',
        '--queue',
        'rediss://example.org:7000/3',
        '--queue=rediss://example.org:7000/3',
      ]);
      assert.equal(queueAddress({ url, env: {} }).shown, 'rediss://example.org:7000/3');
    }
  }
});

test('queue: what an address lacks the environment has, and what it has goes before', () => {
  const env = { REDIS_USERNAME: 'them', REDIS_PASSWORD: 'theirs' };
  const of = (url: string) => {
    const { username, password, host, port, database, tls } = queueAddress({ url, env });
    return [username, password, host, port, database, tls];
  };
  assert.deepEqual(of('redis://localhost'), ['them', 'theirs', 'localhost', 6379, 0, false]);
  assert.deepEqual(of('rediss://me:p%40ss@[::1]:7/2'), ['me', 'p@ss', '::1', 7, 2, true]);
});
