import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface SentencePieceParams {
  /** Piece, log probability, type (1 normal, 2 unknown, 3 control, 4 user-defined). */
  readonly pieces: readonly (readonly [piece: string, score: number, type: number])[];
  /** 1 unigram, 2 BPE, … */
  readonly modelType?: number;
  readonly unknownId?: number;
  readonly charsmap?: Uint8Array;
}

/** A SentencePiece model with the fields that are read, and one of each message that is skipped. */
export function sentencePieceBytes({ pieces, modelType = 1, unknownId = 0, charsmap = new Uint8Array() }: SentencePieceParams): Uint8Array {
  const writer = new BinaryWriter();
  for (const [piece, score, type] of pieces) {
    writer
      .tag(1, WireType.LengthDelimited)
      .bytes(
        new BinaryWriter()
          .tag(1, WireType.LengthDelimited)
          .string(piece)
          .tag(2, WireType.Bit32)
          .float(score)
          .tag(3, WireType.Varint)
          .int32(type)
          .finish(),
      );
  }
  const trainer = new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .string('corpus')
    .tag(3, WireType.Varint)
    .int32(modelType)
    .tag(40, WireType.Varint)
    .int32(unknownId);
  const normalizer = new BinaryWriter().tag(1, WireType.LengthDelimited).string('made up').tag(2, WireType.LengthDelimited).bytes(charsmap);
  writer.tag(2, WireType.LengthDelimited).bytes(trainer.finish());
  writer.tag(3, WireType.LengthDelimited).bytes(normalizer.finish());
  writer.tag(4, WireType.LengthDelimited).bytes(new Uint8Array([8, 1]));
  return writer.finish();
}
