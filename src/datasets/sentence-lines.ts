import { oddLetter } from './cells.ts';
import type { Example } from './dataset.ts';
import type { Encoding } from './encodings.ts';
import { badRow, type Fault } from './faults.ts';
import type { Line } from './lines.ts';
import { blockLines } from './numbered-lines.ts';
import { splitOf, type ReaderFile, type ReaderParams } from './reader.ts';
import type { TaggedSentence } from './tagged-sentence.ts';
import { openText, textBlocks } from './text-source.ts';

/** A line of a file of tagged sentences, or why it cannot be read. */
export type SentenceLine = Line | Fault;

export function isSentenceFault(line: SentenceLine): line is Fault {
  return 'kind' in line;
}

/**
 * Lines of a file, with gzip and other encodings. Which lines are comments depends on all of them, so they are held in memory; of
 * consecutive empty lines only the first.
 */
export async function sentenceLines(file: ReaderFile, encoding: Encoding, find: (sentence: string) => void): Promise<SentenceLine[]> {
  const source = await openText({ path: file.path, name: file.name, encoding }, find);
  const lines: SentenceLine[] = [];
  let empty = true;
  for await (const block of textBlocks(source)) {
    for (const line of blockLines(block, source.newline)) {
      const isEmpty = !isSentenceFault(line) && (line.text === '' || line.text === '\r');
      if (!isEmpty || !empty) lines.push(line);
      empty = isEmpty;
    }
  }
  return lines;
}

/** Content of a line: a word, the end of a sentence, neither, or invalid. */
export type Read = { readonly word: string; readonly tag: string } | 'end' | 'none' | Fault;

export interface SentencesParams {
  readonly lines: Iterable<SentenceLine>;
  readonly file: { readonly name: string };
  /** Receives the fault of an invalid sentence, which is then dropped; without it the first such fault is thrown. */
  readonly fault?: ((fault: Fault) => void) | undefined;
  /** `place`: number of words of its sentence before the line. */
  readonly read: (line: Line, place: number) => Read;
}

/** Sentences of lines. Only the first fault of an invalid one is reported. Throws FORMAT with file:line if there is no receiver. */
export function* sentencesOf({ lines, file, fault, read }: SentencesParams): Generator<TaggedSentence> {
  const gatherer = new SentenceGatherer();
  const isWhole = (found: TaggedSentence | Fault | undefined): found is TaggedSentence => {
    if (found === undefined || !('what' in found)) return found !== undefined;
    if (fault === undefined) throw badRow(file, found.at, found.what, found.hint);
    fault(found);
    return false;
  };
  for (const line of lines) {
    const found = gatherer.add(line, isSentenceFault(line) ? line : read(line, gatherer.words));
    if (isWhole(found)) yield found;
  }
  const last = gatherer.end();
  if (isWhole(last)) yield last;
}

/** Collects sentences, line by line. */
export class SentenceGatherer {
  /** Tags already found valid. A dataset has few tags and many words. */
  readonly #fine = new Set<string>();
  #sentence: TaggedSentence = { words: [], tags: [] };
  #wrong: Fault | undefined;

  /** Number of words of the sentence so far. */
  get words(): number {
    return this.#sentence.words.length;
  }

  /** The sentence that a line ends, or its first fault; undefined if it ends none. `found`: content of the line. */
  add(line: SentenceLine, found: Read): TaggedSentence | Fault | undefined {
    if (found === 'none') return undefined;
    if (found === 'end') return this.end();
    const odd =
      'kind' in found
        ? found
        : (oddLetter(found.word, placeOf(line)) ?? (this.#fine.has(found.tag) ? undefined : oddLetter(found.tag, placeOf(line))));
    this.#wrong ??= odd;
    // An invalid line counts as a word, too: the next one has the following number.
    if (odd === undefined && !('kind' in found) && this.#fine.size < MOST_KNOWN) this.#fine.add(found.tag);
    this.#sentence.words.push('kind' in found ? '' : found.word);
    this.#sentence.tags.push('kind' in found ? '' : found.tag);
    return undefined;
  }

  /** The sentence in progress, as `add` returns one. */
  end(): TaggedSentence | Fault | undefined {
    const [whole, why] = [this.#sentence, this.#wrong];
    [this.#sentence, this.#wrong] = [{ words: [], tags: [] }, undefined];
    return why ?? (whole.words.length > 0 ? whole : undefined);
  }
}

/** Limit on remembered tags, for a file whose tags are all different. */
const MOST_KNOWN = 1000;

function placeOf(line: SentenceLine): Fault['at'] {
  return isSentenceFault(line) ? line.at : line.number;
}

export interface TaggedParams {
  readonly sentences: Iterable<TaggedSentence>;
  readonly file: ReaderFile;
  readonly note: ReaderParams['note'];
}

/** Sentences as rows of a dataset; reports a file without any. */
export function* taggedExamples({ sentences, file, note }: TaggedParams): Generator<Example> {
  let count = 0;
  for (const { words, tags } of sentences) {
    count++;
    yield { text: words.join(' '), words, labels: tags, split: splitOf(file) };
  }
  if (count === 0) note?.('It has no valid sentence.', file.name);
}
