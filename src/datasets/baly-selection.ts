import { createHash } from 'node:crypto';
import { HarnessError } from '../errors.ts';
import { byCodePoint } from './code-points.ts';
import { parseJson } from './json.ts';

/**
 * Baly et al. 2020 reduced to the shape of the political-bias set: three classes, with disjoint publishers in train and test. For each
 * publisher the first N articles by id, in code point order, with at least 50 tokens separated by white space.
 */
export const PUBLISHERS = [
  ['train_pool', 'left', 'Vox', 300],
  ['train_pool', 'left', 'Salon', 300],
  ['train_pool', 'center', 'Associated Press', 300],
  ['train_pool', 'center', 'Reuters', 300],
  ['train_pool', 'right', 'Fox News', 300],
  ['train_pool', 'right', 'Washington Times', 300],
  ['test_heldout', 'left', 'The Guardian', 100],
  ['test_heldout', 'center', 'CNBC', 100],
  ['test_heldout', 'right', 'National Review', 100],
  ['reference_publishers_rare', 'left', 'The Nation', 32],
  ['reference_publishers_rare', 'left', 'The Intercept', 43],
  ['reference_publishers_rare', 'right', 'Washington Free Beacon', 40],
  ['reference_publishers_rare', 'left', 'The New Yorker', 21],
] as const;

export type Part = (typeof PUBLISHERS)[number][0];

const MIN_TOKENS = 50;

export interface ArticleFile {
  /** `<id>.json` */
  readonly name: string;
  read(): Uint8Array;
}

export interface Article {
  readonly part: Part;
  readonly id: string;
  readonly bias: string;
  readonly publisher: string;
  readonly text: string;
  readonly sha256: string;
}

/** The selected articles, publisher by publisher in the order above, ids ascending. Throws FORMAT if a file is not such an article. */
export function selectArticles(files: readonly ArticleFile[]): Article[] {
  const chosen = new Map<string, Article[]>(PUBLISHERS.map(([, bias, publisher]) => [`${bias}\t${publisher}`, []]));
  const rules = new Map(PUBLISHERS.map((rule) => [`${rule[1]}\t${rule[2]}`, rule]));
  const byName = files.map((file) => ({ file, id: file.name.replace(/\.json$/, '') })).toSorted((a, b) => byCodePoint(a.id, b.id));
  for (const { file, id } of byName) {
    const bytes = file.read();
    const { bias_text: bias, source: publisher, content, content_original: text } = fieldsOf(bytes, file.name);
    const rule = rules.get(`${bias}\t${publisher}`);
    const list = chosen.get(`${bias}\t${publisher}`);
    if (rule === undefined || list === undefined || list.length === rule[3] || countTokens(content) < MIN_TOKENS) continue;
    list.push({ part: rule[0], id, bias, publisher, text, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return [...chosen.values()].flat();
}

/** One line per article: id, publisher, and the hash of its file. Two selections are equal if these texts are. */
export function manifestOf(articles: readonly Article[]): string {
  const rows = articles.map(({ part, id, bias, publisher, sha256 }) => `${part}\t${id}\t${bias}\t${publisher}\t${sha256}\n`);
  return `part\tid\tbias_text\tsource\tsha256\n${rows.join('')}`;
}

const FIELDS = ['bias_text', 'source', 'content', 'content_original'] as const;

function fieldsOf(bytes: Uint8Array, name: string): Record<(typeof FIELDS)[number], string> {
  const record = parseJson(Buffer.from(bytes).toString('utf8'), name) as Partial<Record<string, unknown>> | null;
  for (const field of FIELDS) {
    if (typeof record?.[field] !== 'string') throw new HarnessError('FORMAT', { where: name, what: `The article has no text "${field}".` });
  }
  return record as Record<(typeof FIELDS)[number], string>;
}

function countTokens(content: string): number {
  return content.split(/\s+/).filter((token) => token !== '').length;
}
