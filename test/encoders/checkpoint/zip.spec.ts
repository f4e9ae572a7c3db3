import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { openBin, refused, valuesOf } from './folders.ts';
import { floats, pickle, tensor, zip, type ZipFile } from './torch-files.ts';

const DATA: ZipFile = {
  name: 'm/data.pkl',
  bytes: pickle({ dict: [['w', tensor({ storage: '0', length: 2, shape: [2], strides: [1] })]] }),
};
const WEIGHTS: ZipFile = { name: 'm/data/0', bytes: floats(1, 2) };
const no = (message: string) => refused('pytorch_model.bin', message);

for (const wide of [false, true]) {
  test(`zip: entries are found ${wide ? 'by the records of zip64' : 'by the plain record at the end'}`, async () => {
    assert.deepEqual(await valuesOf(await openBin(zip([DATA, WEIGHTS], { wide })), 'w'), [1, 2]);
    assert.deepEqual(await valuesOf(await openBin(zip([DATA, WEIGHTS], { wide, order: [1, 0] })), 'w'), [1, 2]);
  });
}

test('zip: a header that leaves its sizes to behind the content agrees, one that says another size does not', async () => {
  assert.deepEqual(await valuesOf(await openBin(zip([DATA, { ...WEIGHTS, flags: 8, local: { size: 0 } }])), 'w'), [1, 2]);
  for (const [local, flags] of [
    [{ size: 7 }, 8],
    [{ size: 0 }, 0],
    [{ size: 7 }, 0],
    [{ name: 'm/data/1' }, 0],
    [{ name: 'm/data/00' }, 0],
  ] as const) {
    await assert.rejects(
      openBin(zip([DATA, { ...WEIGHTS, flags, local }])),
      no('Its entry "m/data/0" has a header that differs from its directory. Download it again.'),
    );
  }
});

const BAD: readonly (readonly [what: string, bytes: Buffer, message: string])[] = [
  [
    'a compressed entry',
    zip([DATA, { ...WEIGHTS, method: 8 }]),
    'Its entry "m/data/0" is compressed. torch stores weights uncompressed: download the published file.',
  ],
  ['an encrypted entry', zip([DATA, { ...WEIGHTS, flags: 1 }]), 'Its entry "m/data/0" is encrypted. Encrypted files are not supported.'],
  ['two entries of one name', zip([DATA, WEIGHTS, WEIGHTS]), 'It has two entries "m/data/0". Download it again.'],
  ['one entry listed twice', zip([DATA, WEIGHTS], { order: [0, 1, 1] }), 'It has two entries "m/data/0". Download it again.'],
  ['no end', zip([DATA, WEIGHTS]).subarray(0, -1), 'It begins as a zip archive but has no end record: it is truncated. Download it again.'],
  [
    'a file of its first bytes alone',
    Buffer.from('PK\x03\x04'),
    'It begins as a zip archive but has no end record: it is truncated. Download it again.',
  ],
];

for (const [what, bytes, message] of BAD) {
  test(`zip: refuses ${what}`, () => assert.rejects(openBin(bytes), no(message)));
}

/** A valid archive with a number written over another; `at` counts from the end of the file if below 0. */
function edited(at: number, value: number, { wide = false, width = 4 }: { wide?: boolean; width?: 2 | 4 } = {}): Buffer {
  const bytes = zip([DATA, WEIGHTS], { wide });
  bytes.writeUIntLE(value, at < 0 ? bytes.length + at : at, width);
  return bytes;
}

/** The directory's entry of the weights, from its end: after it are its name and the end record. */
const LISTED = -(22 + WEIGHTS.name.length + 46);
const DIRECTORY = zip([DATA, WEIGHTS]).length - 22 - 2 * 46 - DATA.name.length - WEIGHTS.name.length;

test('zip: places beyond the file, or over each other, are refused', async () => {
  const size = zip([DATA, WEIGHTS]).length;
  const length = size - 22 - DIRECTORY;
  await assert.rejects(
    openBin(edited(-6, size)),
    no(`Its directory of 2 entries claims ${length} bytes from byte ${size}, but the file has ${size}. Download it again.`),
  );
  await assert.rejects(
    openBin(edited(-10, size)),
    no(`Its directory of 2 entries claims ${size} bytes from byte ${DIRECTORY}, but the file has ${size}. Download it again.`),
  );
  await assert.rejects(
    openBin(edited(-12, 60_000, { width: 2 })),
    no(`Its directory of 60000 entries claims ${length} bytes from byte ${DIRECTORY}, but the file has ${size}. Download it again.`),
  );
  await assert.rejects(
    openBin(edited(-12, 1, { width: 2 })),
    no(`Its directory has 1 entries and ${46 + WEIGHTS.name.length} bytes after them. Download it again.`),
  );
  await assert.rejects(openBin(edited(-6, DIRECTORY + 1)), { code: 'FORMAT', message: /bytes after|directory is broken|claims/ });
  await assert.rejects(openBin(edited(LISTED, 0)), no(`Its directory is broken at byte ${size + LISTED}. Download it again.`));
  await assert.rejects(openBin(edited(LISTED + 42, 0)), no('Its entry "m/data/0" overlaps the previous one. Download it again.'));
  await assert.rejects(
    openBin(edited(LISTED + 42, size - 1)),
    no(`It ends within 30 bytes from byte ${size - 1}: it has ${size}. Download it again.`),
  );
  await assert.rejects(openBin(edited(LISTED + 24, 9)), no('Its entry "m/data/0" has no readable size. Download it again.'));
  await assert.rejects(openBin(edited(LISTED + 24, 0xffffffff)), no('Its entry "m/data/0" has no readable size. Download it again.'));
});

test('zip: an entry that reaches into the directory is refused', async () => {
  const bytes = edited(LISTED + 20, 100);
  bytes.writeUInt32LE(100, bytes.length + LISTED + 24);
  const header = DIRECTORY - WEIGHTS.bytes.length - WEIGHTS.name.length - 30;
  bytes.writeUInt32LE(100, header + 18);
  bytes.writeUInt32LE(100, header + 22);
  await assert.rejects(
    openBin(bytes),
    no(`Its entry "m/data/0" ends at byte ${DIRECTORY - 8 + 100}, the last one can end at ${DIRECTORY}. Download it again.`),
  );
});

test('zip: the records of zip64 must agree with the plain one', async () => {
  const CONTRADICT = no('The records at its end contradict each other. Download it again.');
  for (const [at, value] of [
    [-10, 1],
    [-6, 1],
    [-34, 0xffffff],
    [-34, 0],
  ] as const)
    await assert.rejects(openBin(edited(at, value, { wide: true })), CONTRADICT);
  await assert.rejects(openBin(edited(-12, 1, { wide: true, width: 2 })), CONTRADICT);
  await assert.rejects(openBin(edited(-18, 1)), CONTRADICT);
});

/** A zip is never unpacked: entries are looked up by the exact name that torch gives them, so that other names do not matter. */
const STRANGE: readonly ZipFile[] = [
  ...[
    '../../escaped',
    '/tmp/zip-absolute',
    'm\\..\\..\\escaped',
    'm/data/0\0.txt',
    'm/../m/data/0',
    'm/data/../data/0',
    'M/DATA/0',
    'm/data/',
  ].map((name) => ({ name, bytes: floats(9, 9) })),
  { name: 'm/data/1', bytes: Buffer.from('/etc/passwd') },
];

test('zip: entries of names that lead elsewhere stand for nothing, and nothing is written', async () => {
  const checkpoint = await openBin(zip([...STRANGE, DATA, WEIGHTS]));
  assert.deepEqual(await valuesOf(checkpoint, 'w'), [1, 2]);
  assert.ok(!existsSync('/tmp/zip-absolute'));
});

test('zip: a name that is almost that of a storage does not serve for it', async () => {
  await assert.rejects(openBin(zip([...STRANGE, DATA])), no('Its storage "0" is not in the archive. Download it again.'));
});

test('zip: more entries than a checkpoint can have are refused before they are read', async () => {
  const name = 'n'.repeat(60_000);
  const many = zip(Array.from({ length: 290 }, (_, i) => ({ name: `${i}${name}`, bytes: new Uint8Array() })));
  await assert.rejects(openBin(many), {
    code: 'FORMAT',
    message: /: Its directory of 290 entries claims \d+ bytes from byte \d+, but the file has \d+\. Download it again\.$/,
  });
});
