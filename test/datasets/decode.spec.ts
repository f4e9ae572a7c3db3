import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../src/datasets/decode.ts';

const name = 'file';

test('decode: latin1 is latin-1, not Windows-1252', () => {
  const bytes = Uint8Array.of(0x85, 0x93, 0xe9);
  assert.equal(decode({ bytes, encoding: 'latin1', name }), '\u0085\u0093é');
  assert.equal(decode({ bytes, encoding: 'windows-1252', name }), '…“é');
});

test('decode: every byte of Windows-1252', () => {
  const all = decode({ bytes: Uint8Array.from({ length: 256 }, (_, i) => i), encoding: 'windows-1252', name });
  assert.equal(all.length, 256);
  assert.equal(all.slice(0x80, 0xa0), '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ');
  assert.equal(all.slice(0xa0), Buffer.from(Uint8Array.from({ length: 0x60 }, (_, i) => 0xa0 + i)).toString('latin1'));
});

const error = (bytes: Uint8Array) => () => decode({ bytes, encoding: 'utf8', name, firstLine: 7 });

test('decode: a byte that is not UTF-8 is named with its line', () => {
  const hint = 'Save it as UTF-8, or list it in a registry with its encoding (latin1, windows-1252).';
  assert.throws(error(Buffer.from('é\nok \xe9\n', 'latin1')), { message: `file:7: Byte 0xE9 is not UTF-8. ${hint}` });
  assert.throws(error(Buffer.concat([Buffer.from('é\u2028\n'), Buffer.from('a\xff', 'latin1')])), {
    message: `file:8: Byte 0xFF is not UTF-8. ${hint}`,
  });
  assert.throws(error(Buffer.from('é').subarray(0, 1)), { message: `file:7: Byte 0xC3 is not UTF-8. ${hint}` });
  assert.throws(error(Uint8Array.of(0xed, 0xa0, 0x80)), { message: `file:7: Byte 0xED is not UTF-8. ${hint}` });
});
