import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBin, refused, valuesOf } from './folders.ts';
import { floats, operations, storageId, tensor, torchZip, u32, u64, type Pickled } from './torch-files.ts';

const SPEC = { storage: '0', length: 2, shape: [2], strides: [1] };
const one = tensor(SPEC);
const open = (value: Pickled) => openBin(torchZip(value, { 0: floats(1, 2) }));
const no = (message: string) => refused('pytorch_model.bin', message);
const join = (...parts: (Uint8Array | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));

const SOURCE = 'Get the weights from a source that you trust, preferably as safetensors.';
/** The position of the fault in a pickle does not matter here. */
const NO_SENSE = { code: 'FORMAT', message: /^\S+pytorch_model\.bin: Its pickle is invalid at byte \d+\. Download it again\.$/ };

test('pickle: a class or function that no weights need is refused by name, wherever it stands', async () => {
  const call: Pickled = { call: { global: 'os system' }, args: ['echo'] };
  const byStack = join('\x8c\x02os\x8c\x06system\x93');
  for (const value of [
    call,
    {
      dict: [
        ['a', one],
        ['b', call],
      ],
    },
    {
      dict: [
        ['a', one],
        ['b', { global: 'os system' }],
      ],
    },
    byStack,
  ] as Pickled[]) {
    await assert.rejects(open(value), no(`It asks for "os.system", which weights never need: it is not read. ${SOURCE}`));
  }
});

test('pickle: names that could pass for a known one are refused as they are', async () => {
  for (const name of [
    'torch FloatStorage.x',
    'torch load',
    'builtins eval',
    'torch.storage _load_from_bytes',
    'constructor name',
    '__proto__ x',
  ]) {
    await assert.rejects(
      open({ global: name }),
      no(`It asks for "${name.replace(' ', '.')}", which weights never need: it is not read. ${SOURCE}`),
    );
  }
});

test('pickle: what may be named may not be called with anything else than weights need', async () => {
  const calls: readonly (readonly [string, readonly Pickled[]])[] = [
    ['torch FloatStorage', ['x']],
    ['torch.nn.parameter Parameter', [one]],
    ['collections OrderedDict', ['x']],
    ['collections OrderedDict', [{ list: [{ list: ['a'] }] }]],
    ['torch._utils _rebuild_parameter', [null]],
    ['torch._utils _rebuild_tensor_v2', [null, 0, { tuple: [1] }, { tuple: [1] }]],
    ['torch._tensor _rebuild_from_type_v2', [{ global: 'torch._tensor _rebuild_from_type_v2' }, null, { tuple: [] }]],
  ];
  for (const [name, args] of calls) {
    await assert.rejects(
      open({ dict: [['a', { call: { global: name }, args }]] }),
      no(`Its pickle calls "${name.replace(' ', '.')}" in a way that weights never need. Download it again.`),
    );
  }
});

function rebuild(...args: readonly Pickled[]): Pickled {
  return { call: { global: 'torch._utils _rebuild_tensor' }, args: [storageId(SPEC), ...args] };
}

test('pickle: sizes of a tensor that are no whole numbers, below 0 or of two lengths are refused', async () => {
  const ones = { tuple: Array.from({ length: 65 }, () => 1) };
  const good = rebuild(0, { tuple: [2] }, { tuple: [1] });
  assert.deepEqual(await valuesOf(await open({ dict: [['a', good]] }), 'a'), [1, 2]);
  const negated: Pickled[] = [false, null, { dict: [['neg', true]] }];
  for (const bad of [
    rebuild(-1, { tuple: [1] }, { tuple: [1] }),
    rebuild(0, { tuple: [-1] }, { tuple: [1] }),
    rebuild(0, { tuple: [1] }, { tuple: [-1] }),
    rebuild(0, { tuple: [1] }, { tuple: [] }),
    rebuild(0, { tuple: [join('G', Buffer.alloc(7), '\x01')] }, { tuple: [1] }),
    rebuild(0, ones, ones),
    rebuild(0, { tuple: [2] }, { tuple: [1] }, ...negated),
  ]) {
    await assert.rejects(
      open({ dict: [['a', bad]] }),
      no('Its pickle calls "torch._utils._rebuild_tensor" in a way that weights never need. Download it again.'),
    );
  }
});

test('pickle: every kind of plain value is passed over', async () => {
  const operated = [
    'K\x07',
    'M\x07\x01',
    '\x8a\x00',
    '\x8a\x01\xff',
    '\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x7f',
    'G@\x09\x21\xfb\x54\x44\x2d\x18',
    'N\x85',
    'NN\x86',
    'NNN\x87',
    'C\x02ab',
    'B\x02\0\0\0ab',
    '\x8e\x01\0\0\0\0\0\0\0a',
    '\x8c\x01a',
    '\x8d\x01\0\0\0\0\0\0\0a',
    'T\x01\0\0\0a',
    '\x95\x00\0\0\0\0\0\0\0N',
    '](NNe',
    ']Na',
    '}NNs',
    'N\x94',
    'Nr\xff\xff\xff\xff',
    'Nq\x09h\x09\x86',
    'Nr\x09\x01\0\0j\x09\x01\0\0\x86',
  ];
  const values: Pickled[] = [
    null,
    true,
    false,
    1,
    -5,
    'é',
    { tuple: [] },
    { list: [1, { list: [] }] },
    {
      dict: [
        [1, 'x'],
        [{ tuple: [1] }, 2],
      ],
    },
    { global: 'torch float32' },
    { call: { global: 'torch Size' }, args: [{ tuple: [1] }] },
    { call: { global: 'torch device' }, args: ['cpu'] },
    ...operated.map((text) => join(text)),
  ];
  const dict: Pickled = { dict: [['a', one], ...values.map((value, i) => [`v${i}`, value] as const)] };
  assert.deepEqual([...(await open(dict)).tensors.keys()], ['a']);
});

test('pickle: stacks, marks and memos that do not hold what is asked of them are refused', async () => {
  const bad = [
    '\x85',
    'N\x86',
    't',
    'a',
    'Na',
    'e',
    'Ns',
    '}Ns',
    '(Nu',
    '}(Nu',
    'q\x00',
    'h\x07',
    'j\x07\0\0\0',
    'R',
    'NNR',
    'NQ',
    ')Q',
    'b',
    'N\x93',
    'K\x01K\x01\x93',
    '(NN)R',
    'N(\x94',
  ];
  for (const operation of bad) {
    await assert.rejects(open(join(operation, '.')), NO_SENSE, JSON.stringify(operation));
  }
});

test('pickle: operations and protocols that no weights need are refused', async () => {
  const at = (await open({ dict: [['a', one]] })).tensors.get('a')!.offset;
  assert.ok(at > 0);
  for (const [operation, said] of [
    ['i', '69'],
    ['\x81', '81'],
    ['\x82', '82'],
    ['P', '50'],
    ['I1\n', '49'],
    ['\x8b', '8b'],
    ['\x92', '92'],
  ] as const) {
    await assert.rejects(open(join(operation)), {
      code: 'FORMAT',
      message: new RegExp(`: Its pickle has the operation 0x${said} before byte \\d+, which weights never need\\. Download it again\\.$`),
    });
  }
  for (const version of [0, 1, 6]) {
    await assert.rejects(
      open(Buffer.of(0x80, version)),
      no(`Its pickle has protocol ${version}; 2 to 5 are supported. Download it again.`),
    );
  }
});

test('pickle: lengths beyond the file are refused before anything is made of them', async () => {
  const huge = [
    join('X', u32(-1)),
    join('B', u32(0x7fffffff)),
    join('\x8d', u64(2 ** 52)),
    join('\x8e', Buffer.alloc(8, 0xff)),
    join('T', u32(-1)),
    join('\x8a\xff'),
  ];
  for (const operation of huge) {
    await assert.rejects(open(operation), {
      code: 'FORMAT',
      message: /^\S+pytorch_model\.bin: \d+ bytes expected at byte \d+, but \d+ follow\. Download it again\.$/,
    });
  }
});

test('pickle: a text that is not UTF-8 and an endless name are refused', async () => {
  await assert.rejects(open(join('U\x01\xff')), {
    code: 'FORMAT',
    message: /pytorch_model\.bin: Its pickle has a text before byte \d+ that is not UTF-8\. Download it again\.$/,
  });
  await assert.rejects(open(join('c', 'a'.repeat(1000))), no('Its pickle has a name of more than 256 characters. Download it again.'));
});

test('pickle: nothing nests too deep, and a dict may hold itself', async () => {
  const deep = join('N', '\x85'.repeat(500_000));
  assert.equal(
    (
      await open({
        dict: [
          ['a', one],
          ['deep', deep],
        ],
      })
    ).tensors.size,
    1,
  );
  const itself = join('}q\x00(X\x01\0\0\0ah\x00X\x01\0\0\0b', operations(one), 'u');
  assert.equal((await open(itself)).tensors.size, 1);
});

test('pickle: what grows by being repeated is cut short', async () => {
  await assert.rejects(open(join(Buffer.alloc(2_100_000, '('))), no('Its pickle takes more than 2000000 operations. Download it again.'));
  // A list of 50 000 pairs, looked up in 100 000 dicts.
  const pairs = join(']q\x00(', 'NN\x86'.repeat(50_000), 'e', 'ccollections\nOrderedDict\nq\x01');
  await assert.rejects(
    open(join(pairs, 'h\x01h\x00\x85R'.repeat(100_000), operations({ dict: [] }))),
    no('It holds no tensors by name. It must be the weights of an encoder, saved as a state dict.'),
  );
  // One dict of 20 000 tensors under 200 000 names.
  const wide = join('}q\x00(', ...Array.from({ length: 20_000 }, () => join('NN')), 'u');
  await assert.rejects(
    open(join('}(', wide, 'N', 'Nh\x00'.repeat(200_000), 'u')),
    no('It holds no tensors by name. It must be the weights of an encoder, saved as a state dict.'),
  );
});
