import { HarnessError } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';
import type { Reader } from './reader.ts';
import { baly } from './readers/baly.ts';
import { clinc150 } from './readers/clinc150.ts';
import { communicativeFunctions } from './readers/communicative-functions.ts';
import { conllReader } from './readers/conll.ts';
import { conlluReader } from './readers/conllu.ts';
import { csv } from './readers/csv.ts';
import { fasttextLabels } from './readers/fasttext-labels.ts';
import { filePerClass } from './readers/file-per-class.ts';
import { firstCharacter } from './readers/first-character.ts';
import { goEmotions } from './readers/go-emotions.ts';
import { json } from './readers/json.ts';
import { jsonl } from './readers/jsonl.ts';
import { newsgroups } from './readers/newsgroups.ts';
import { parallelLines } from './readers/parallel-lines.ts';
import { parquet } from './readers/parquet.ts';
import { sentimentJson } from './readers/sentiment-json.ts';
import { tabFields } from './readers/tab-fields.ts';
import { trec } from './readers/trec.ts';
import { tsv } from './readers/tsv.ts';
import { wordnet } from './readers/wordnet.ts';
import { own } from '../own.ts';

/** Name in datasets.json → reader. */
export const READERS: Readonly<Record<string, Reader>> = {
  baly,
  clinc150,
  'communicative-functions': communicativeFunctions,
  conll: conllReader,
  conllu: conlluReader,
  csv,
  'fasttext-labels': fasttextLabels,
  'file-per-class': filePerClass,
  'first-character': firstCharacter,
  'go-emotions': goEmotions,
  json,
  jsonl,
  newsgroups,
  'parallel-lines': parallelLines,
  parquet,
  'sentiment-json': sentimentJson,
  'tab-fields': tabFields,
  trec,
  tsv,
  wordnet,
};

/** Throws REGISTRY if there is no reader of that name. */
export function readerNamed(name: string, key: string): Reader {
  const reader = own(READERS, name);
  if (reader === undefined) {
    throw new HarnessError('REGISTRY', {
      where: `${key}.reader`,
      what: `Unknown reader "${name}".${didYouMean(name, Object.keys(READERS))}`,
      hint: `Readers: ${Object.keys(READERS).join(', ')}.`,
    });
  }
  return reader;
}
