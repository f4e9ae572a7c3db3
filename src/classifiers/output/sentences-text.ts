import type { SentenceTable } from '../../datasets/input/open-sentences.ts';
import type { SentenceRow } from '../../datasets/input/sentence-row.ts';
import { isSentences } from '../../datasets/formats.ts';
import { CONLLU_COLUMNS } from '../../datasets/readers/conllu.ts';
import { HarnessError, option, shown } from '../../errors.ts';
import { OUTSIDE } from '../../tags/letters.ts';
import type { TagPrediction } from '../prediction.ts';
import { rounded } from './added-columns.ts';
import { checkFree, extendedLine, property } from './json-line.ts';
import type { RowsWriter } from './rows-writer.ts';

export const SENTENCE_OUTPUT_FORMATS = ['conll', 'conllu', 'jsonl'] as const;
export type SentenceOutputFormat = (typeof SENTENCE_OUTPUT_FORMATS)[number];

export interface SentencesTextParams {
  /** For messages. */
  readonly name: string;
  readonly input: Pick<SentenceTable, 'format' | 'labelColumn' | 'rest'>;
  readonly format: SentenceOutputFormat;
  /** Prefix of the names of added columns. */
  readonly prefix: string;
  /** Of the model. */
  readonly tags: readonly string[];
}

const MISC = CONLLU_COLUMNS.indexOf('misc');
/** Placeholder for an empty column. */
const NOTHING = '_';
/** Characters not allowed in a column: separators of columns and lines, and in the last column of CoNLL-U those of its attributes. */
const DIVIDES = { blanks: /[ \t\r\n]/, tabs: /[\t\r\n]/, conllu: /[|\t\r\n]/ } as const;

/**
 * Writes sentences of an input with their predictions: a JSON object with `tags` and `confidences` appended to its own properties; lines in
 * columns unchanged, with the tag of each word in an additional last column, or, in CoNLL-U, which has exactly ten columns, as `Tag=` in
 * MISC.
 */
export class SentencesText implements RowsWriter<SentenceRow, TagPrediction> {
  readonly called = 'sentence';
  readonly columns = undefined;
  readonly blanked = 0;
  readonly #params: SentencesTextParams;
  readonly #added: readonly [string, string];
  readonly #attribute: string;
  /** Column layouts that were checked already. */
  readonly #checked = new Set<keyof typeof DIVIDES>();

  constructor(params: SentencesTextParams) {
    const { prefix } = params;
    this.#params = params;
    this.#added = [`${prefix}tags`, `${prefix}confidences`];
    this.#attribute = `${prefix}Tag=`;
  }

  /** Throws OPTION for an output format that the input cannot become, and for column names in a format without names. */
  checkHeader(): void {
    const { name, input, format, prefix } = this.#params;
    if (format !== 'jsonl' && format !== input.format) {
      const hint = isSentences(input.format) ? `Write .${input.format}, or JSON lines (.jsonl).` : 'Write JSON lines (.jsonl).';
      throw new HarnessError('OPTION', {
        where: option('out'),
        what: `${name} is not ${TITLES[format]}, so its lines cannot be copied.`,
        hint,
      });
    }
    if (format === 'conll' && prefix !== '') {
      throw new HarnessError('OPTION', { where: option('prefix'), what: 'Columns of CoNLL have no names.', hint: 'Omit it.' });
    }
    if (format === 'conllu') {
      if (/[=|\s]/.test(prefix)) {
        const what = `A CoNLL-U attribute cannot be named ${shown(this.#attribute.slice(0, -1))}.`;
        throw new HarnessError('OPTION', { where: option('prefix'), what, hint: 'Use letters and digits.' });
      }
      this.#checkTags('conllu');
    }
  }

  check({ object, lines, table, at }: SentenceRow): void {
    const { name, format, input } = this.#params;
    const where = typeof at === 'number' ? `${name}:${at}` : `${name}: ${at}`;
    if (format === 'jsonl') checkFree(this.#added, object === undefined ? columnNames(input) : Object.keys(object.value), where);
    if (format === 'conll') this.#checkTags(table!.tabs ? 'tabs' : 'blanks');
    if (format !== 'conllu') return;
    const misc = lines!.flatMap(({ text, kind }) => (kind === 'word' ? text.split('\t')[MISC]!.split('|') : []));
    if (!misc.some((each) => each.startsWith(this.#attribute))) return;
    throw new HarnessError('OPTION', {
      where,
      what: `A word of the sentence already has ${this.#attribute} in MISC.`,
      hint: `Rename the new attribute: ${option('prefix')} Predicted.`,
    });
  }

  head(): string {
    return '';
  }

  text(rows: readonly SentenceRow[], predictions: readonly TagPrediction[]): string {
    const write = this.#params.format === 'jsonl' ? this.#object : this.#lines;
    return rows.map((row, i) => write.call(this, row, predictions[i]!)).join('');
  }

  tail(): string {
    const { format, input } = this.#params;
    return format === 'jsonl'
      ? ''
      : input
          .rest()
          .map(({ text }) => `${text}\n`)
          .join('');
  }

  contentOf({ object, lines }: SentenceRow): string {
    return object?.text ?? lines!.map(({ text }) => text).join('\n');
  }

  #object({ words, tags: given, object }: SentenceRow, { tags, confidences }: TagPrediction): string {
    const [words_, label] = columnNames(this.#params.input);
    const own = object?.text ?? `{${[property(words_!, words), ...(given === undefined ? [] : [property(label!, given)])].join(',')}}`;
    const rounds = confidences.map((each) => each && rounded(each));
    return extendedLine(own, [property(this.#added[0], tags), property(this.#added[1], rounds)]);
  }

  #lines({ lines, table }: SentenceRow, { tags }: TagPrediction): string {
    let word = 0;
    return lines!
      .map((line) => {
        const { text, kind } = line;
        if (kind === 'other') return `${text}\n`;
        const tag = kind === 'word' ? tags[word++]! : this.#boundaryTag();
        const end = text.endsWith('\r') ? '\r' : '';
        const own = end === '' ? text : text.slice(0, -1);
        return `${table === undefined ? this.#withAttribute(own, tag) : withColumn(own, tag ?? NOTHING, table.tabs)}${end}\n`;
      })
      .join('');
  }

  /** As in CoNLL-2003: these lines have as many columns as those of words. */
  #boundaryTag(): string {
    return this.#params.tags.includes(OUTSIDE) ? OUTSIDE : NOTHING;
  }

  #withAttribute(text: string, tag: string | null): string {
    if (tag === null) return text;
    const fields = text.split('\t');
    const misc = fields[MISC]!;
    fields[MISC] = `${misc === NOTHING || misc === '' ? '' : `${misc}|`}${this.#attribute}${tag}`;
    return fields.join('\t');
  }

  #checkTags(how: keyof typeof DIVIDES): void {
    if (this.#checked.has(how)) return;
    this.#checked.add(how);
    const odd = this.#params.tags.find((tag) => DIVIDES[how].test(tag));
    if (odd === undefined) return;
    throw new HarnessError('OPTION', {
      where: option('out'),
      what: `The tag ${shown(odd)} of the model cannot be written in a column of ${this.#params.name}.`,
      hint: 'Write JSON lines (.jsonl).',
    });
  }
}

const TITLES = { conll: 'CoNLL', conllu: 'CoNLL-U' } as const;

/** JSON names of the columns with words and labels. */
function columnNames({ format, labelColumn }: SentencesTextParams['input']): string[] {
  return ['words', ...(labelColumn === undefined ? [] : [format === 'conllu' ? labelColumn : 'label'])];
}

function withColumn(text: string, tag: string, tabs: boolean): string {
  if (tabs) return `${text}\t${tag}`;
  return /[ \t]$/.test(text) ? `${text}${tag}` : `${text} ${tag}`;
}
