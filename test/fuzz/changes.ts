import { changeValues } from '../json-mutations.ts';
import { piece, place, type Change, type Draw } from '../mutations.ts';

/** Most bytes that a piece is repeated to: enough for work that grows with the square of the input to show. */
const REPEATED = [1 << 10, 1 << 14, 1 << 17] as const;
/** Now and then: enough for stacks to run out. */
const MOST_REPEATED = 1 << 22;
/** Deeper than any stack. */
const NESTED = [100, 10_000, 100_000] as const;

/** What does not belong where it stands: ends of lines, marks of direction, commands to a terminal, no UTF-8, what closes and opens. */
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

/** Numbers as protobuf and thrift write them, each longer than it should be or larger than any file. */
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

/** One of what lies there becomes thousands. */
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

/** For formats with numbers of changing length. */
export const varints: readonly Change[] = [
  ...anything,
  (bytes, { draw }) => replaceAt(bytes, { at: place(bytes, draw), length: draw(0, 4), by: VARINTS[draw(0, VARINTS.length - 1)]! }),
  (bytes, { draw }) => replaceAt(bytes, { at: place(bytes, draw), length: 1, by: VARINTS[draw(0, VARINTS.length - 1)]! }),
];

/** For formats of lines: some of them left out, repeated, moved, cut at a blank, a tab or a comma. */
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

/** The value deep inside the right text: the JSON stays JSON. */
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
    return bytes; // an earlier change made it no JSON
  }
};

/** For JSON: mostly changes after which it still is JSON. */
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

/** For JSON a line. */
export const jsonLines: readonly Change[] = [
  ...lines,
  (bytes, params) => {
    const all = bytes.toString('utf8').split('\n');
    const at = params.draw(0, all.length - 1);
    all[at] = Buffer.from(changeTree(Buffer.from(all[at]!), params)).toString('utf8');
    return Buffer.from(all.join('\n'));
  },
];
