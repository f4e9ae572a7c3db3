import { changeValues } from '../json-mutations.ts';
import { piece, place, type Change, type Draw } from '../mutations.ts';

/** Maximum bytes of repeated pieces: enough to reveal quadratic work. */
const REPEATED = [1 << 10, 1 << 14, 1 << 17] as const;
/** Occasionally: enough to exhaust stacks. */
const MOST_REPEATED = 1 << 22;
/** Deeper than any stack. */
const NESTED = [100, 10_000, 100_000] as const;

/** Bytes in the wrong place: line ends, direction marks, terminal commands, invalid UTF-8, closing and opening brackets. */
const STRANGE: readonly Uint8Array[] = [
  '\0',
  '\0\0\0\0',
  '\r',
  '\r\n',
  '\n\n',
  '\u2028',
  '\u0085',
  '\u001b[2J',
  '\u202e',
  '\ufeff',
  '"',
  '""',
  "'",
  ',',
  '\t',
  '\\',
  '=',
  ':',
  '{',
  '}',
  '[',
  ']',
  ' ',
  '  ',
  '__proto__',
  'constructor',
  '-1',
  '1e999',
  '${',
  '((',
  '9'.repeat(40),
  '😂',
  '${HOME}',
  '../../etc/passwd',
]
  .map((text) => Buffer.from(text))
  .concat([Buffer.of(0xff, 0xfe), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0xc3), Buffer.of(0x80)]);

/** Numbers as protobuf and thrift encode them, each longer than valid or larger than any file. */
const VARINTS: readonly Uint8Array[] = [
  '00',
  '7f',
  '8001',
  'ffff03',
  'ffffff7f',
  'ffffffff07',
  'ffffffff0f',
  'ffffffffffffffffff01',
  'ff'.repeat(20),
  `${'80'.repeat(12)}01`,
].map((hex) => Buffer.from(hex, 'hex'));

function replaceAt(bytes: Buffer, { at, length, by }: { at: number; length: number; by: Uint8Array }): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

const insertStrange: Change = (bytes, { draw }) =>
  replaceAt(bytes, { at: draw(0, bytes.length), length: draw(0, 1), by: STRANGE[draw(0, STRANGE.length - 1)]! });

const size = (draw: Draw) => (draw(0, 99) === 0 ? MOST_REPEATED : REPEATED[draw(0, REPEATED.length - 1)]!);

/** Repeats one item thousands of times. */
const repeatPiece: Change = (bytes, { draw }) => {
  const one = piece(bytes, draw);
  if (one.length === 0) return bytes;
  const times = Math.floor(size(draw) / one.length);
  return replaceAt(bytes, { at: place(bytes, draw), length: 0, by: Buffer.concat(Array.from({ length: times }, () => one)) });
};

const repeatByte: Change = (bytes, { draw }) => {
  const by = Buffer.alloc(
    size(draw),
    bytes.length > 0 && draw(0, 1) === 0 ? bytes[place(bytes, draw)]! : [0x20, 0x09, 0x0a, 0x22, 0x30, 0xff][draw(0, 5)]!,
  );
  return replaceAt(bytes, { at: place(bytes, draw), length: 0, by });
};

const empty: Change = (bytes, { draw }) => (draw(0, 9) === 0 ? Buffer.alloc(0) : bytes);

/** For every format. */
export const anything: readonly Change[] = [insertStrange, repeatPiece, repeatByte, empty];

/** For formats with variable-length integers. */
export const varints: readonly Change[] = [
  ...anything,
  (bytes, { draw }) => replaceAt(bytes, { at: place(bytes, draw), length: draw(0, 4), by: VARINTS[draw(0, VARINTS.length - 1)]! }),
  (bytes, { draw }) => replaceAt(bytes, { at: place(bytes, draw), length: 1, by: VARINTS[draw(0, VARINTS.length - 1)]! }),
];

/** For line formats: some lines removed, repeated, moved, cut at a blank, a tab or a comma. */
export const lines: readonly Change[] = [
  ...anything,
  (bytes, { draw }) => {
    const all = bytes.toString('latin1').split('\n');
    const [from, to] = [draw(0, all.length - 1), draw(0, all.length - 1)];
    const choice = draw(0, 4);
    if (choice === 0) all.splice(from, 1);
    else if (choice === 1) all.splice(to, 0, all[from]!);
    else if (choice === 2) all.splice(to, 0, ...all.splice(from, 1));
    else if (choice === 3) all.splice(to, 0, '');
    else {
      const separator = ['\t', ',', ' ', ':'][draw(0, 3)]!;
      const fields = all[from]!.split(separator);
      if (draw(0, 1) === 0) fields.splice(draw(0, fields.length - 1), 1);
      else fields.push(fields[draw(0, fields.length - 1)]!);
      all[from] = fields.join(separator);
    }
    return Buffer.from(all.join('\n'), 'latin1');
  },
];

const nest: Change = (bytes, { draw }) => {
  const [open, close] = [
    ['[', ']'],
    ['{"a":', '}'],
  ][draw(0, 1)] as [string, string];
  const depth = NESTED[draw(0, NESTED.length - 1)]!;
  const inner = draw(0, 1) === 0 ? '1' : '';
  return replaceAt(bytes, {
    at: place(bytes, draw),
    length: 0,
    by: Buffer.from(`${open.repeat(depth)}${inner}${draw(0, 1) === 0 ? close.repeat(depth) : ''}`),
  });
};

/** The value deeply nested within the valid text: it stays valid JSON. */
const nestValue: Change = (bytes, { draw }) => {
  const text = bytes.toString('utf8');
  const values = [...text.matchAll(/: ?("[^"]*"|\d+)/g)];
  const found = values[draw(0, Math.max(0, values.length - 1))];
  if (found === undefined) return bytes;
  const depth = NESTED[draw(0, NESTED.length - 1)]!;
  return Buffer.from(`${text.slice(0, found.index)}: ${'['.repeat(depth)}${']'.repeat(depth)}${text.slice(found.index + found[0].length)}`);
};

const changeTree: Change = (bytes, { draw }) => {
  try {
    return Buffer.from(changeValues(bytes.toString('utf8'), draw));
  } catch {
    return bytes; // an earlier change made it invalid JSON
  }
};

/** For JSON: mostly changes that keep it valid. */
export const json: readonly Change[] = [
  ...anything,
  nest,
  nestValue,
  changeTree,
  changeTree,
  changeTree,
  changeTree,
  changeTree,
  changeTree,
];

/** For JSON Lines. */
export const jsonLines: readonly Change[] = [
  ...lines,
  (bytes, params) => {
    const all = bytes.toString('utf8').split('\n');
    const at = params.draw(0, all.length - 1);
    all[at] = Buffer.from(changeTree(Buffer.from(all[at]!), params)).toString('utf8');
    return Buffer.from(all.join('\n'));
  },
];
