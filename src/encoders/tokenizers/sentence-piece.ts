import { readFile } from 'node:fs/promises';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { HarnessError, reason } from '../../errors.ts';

/** Relevant kinds of pieces (`ModelProto.SentencePiece.Type`). */
export const PIECE_TYPE = { normal: 1, control: 3, userDefined: 4 } as const;

export interface SentencePiece {
  readonly piece: string;
  /** Log probability. */
  readonly score: number;
  readonly type: number;
}

/** The parts of a SentencePiece model (sentencepiece_model.proto) that determine the ids of a text. */
export interface SentencePieceModel {
  /** In the order of their ids. */
  readonly pieces: readonly SentencePiece[];
  readonly unknownId: number;
  /** The normalizer's character map; empty if it has none. */
  readonly charsmap: Uint8Array;
}

/** `TrainerSpec.ModelType` by number. */
const MODEL_TYPES: readonly (string | undefined)[] = [undefined, 'unigram', 'BPE', 'word', 'character'];

/** Throws TOKENIZER if the file cannot be read, is not a SentencePiece model, or not a unigram one. */
export async function readSentencePiece(file: string): Promise<SentencePieceModel> {
  const refuse = (what: string, cause?: unknown, hint = 'Download it again.') =>
    new HarnessError('TOKENIZER', { where: file, what, hint }, { cause });
  let model: { pieces: SentencePiece[]; trainer: Trainer; charsmap: Uint8Array };
  try {
    model = parse(await readFile(file));
  } catch (error) {
    throw refuse(`This is not a SentencePiece model (${reason(error)}).`, error);
  }
  const { pieces, trainer, charsmap } = model;
  if (pieces.length === 0) throw refuse('This is not a SentencePiece model (it has no pieces).');
  if (MODEL_TYPES[trainer.modelType] !== 'unigram') {
    const kind = MODEL_TYPES[trainer.modelType] ?? `number ${trainer.modelType}`;
    throw refuse(`Its model type is ${kind}; only unigram is supported.`, undefined, 'Save a fast tokenizer (tokenizer.json) next to it.');
  }
  return { pieces, unknownId: trainer.unknownId, charsmap };
}

interface Trainer {
  readonly modelType: number;
  readonly unknownId: number;
}

/** Field numbers of sentencepiece_model.proto. */
const MODEL = { pieces: 1, trainer: 2, normalizer: 3 } as const;
const PIECE = { piece: 1, score: 2, type: 3 } as const;
const TRAINER = { modelType: 3, unknownId: 40 } as const;
const NORMALIZER = { charsmap: 2 } as const;

function parse(bytes: Uint8Array): { pieces: SentencePiece[]; trainer: Trainer; charsmap: Uint8Array } {
  const pieces: SentencePiece[] = [];
  let trainer: Trainer = { modelType: 1, unknownId: 0 };
  let charsmap: Uint8Array = new Uint8Array();
  readFields(bytes, {
    [MODEL.pieces]: [WireType.LengthDelimited, (reader) => pieces.push(parsePiece(reader.bytes()))],
    [MODEL.trainer]: [WireType.LengthDelimited, (reader) => (trainer = parseTrainer(reader.bytes()))],
    [MODEL.normalizer]: [WireType.LengthDelimited, (reader) => (charsmap = parseCharsmap(reader.bytes()))],
  });
  return { pieces, trainer, charsmap };
}

function parsePiece(bytes: Uint8Array): SentencePiece {
  const piece = { piece: '', score: 0, type: PIECE_TYPE.normal as number };
  readFields(bytes, {
    // Not reader.string(), which drops a leading U+FEFF: it is a piece of some models.
    [PIECE.piece]: [WireType.LengthDelimited, (reader) => (piece.piece = Buffer.from(reader.bytes()).toString('utf8'))],
    [PIECE.score]: [WireType.Bit32, (reader) => (piece.score = reader.float())],
    [PIECE.type]: [WireType.Varint, (reader) => (piece.type = reader.int32())],
  });
  return piece;
}

function parseTrainer(bytes: Uint8Array): Trainer {
  const trainer = { modelType: 1, unknownId: 0 };
  readFields(bytes, {
    [TRAINER.modelType]: [WireType.Varint, (reader) => (trainer.modelType = reader.int32())],
    [TRAINER.unknownId]: [WireType.Varint, (reader) => (trainer.unknownId = reader.int32())],
  });
  return trainer;
}

function parseCharsmap(bytes: Uint8Array): Uint8Array {
  let charsmap: Uint8Array = new Uint8Array();
  readFields(bytes, { [NORMALIZER.charsmap]: [WireType.LengthDelimited, (reader) => (charsmap = reader.bytes())] });
  return charsmap;
}

type FieldReaders = Readonly<Record<number, readonly [wire: WireType, read: (reader: BinaryReader) => unknown]>>;

function readFields(bytes: Uint8Array, fields: FieldReaders): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field === undefined) {
      reader.skip(wire, number);
      continue;
    }
    if (field[0] !== wire) throw new Error(`its field ${number} has wire type ${wire}`);
    field[1](reader);
  }
}
