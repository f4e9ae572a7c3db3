import type { TokenDataset } from '../datasets/dataset.ts';
import { itemsOf, sentenceOfWords } from '../datasets/items.ts';
import { withTags } from '../datasets/task.ts';
import { writeRows } from '../embed/cut.ts';
import { embedWords, type EmbeddedWords } from '../embed/embed-words.ts';
import { wordSpecName, type WordSpec } from '../embed/word-specs.ts';
import { plannedWordScores, scoreWords, type SearchedWords } from '../knn/word-protocol.ts';
import type { Rows } from '../numeric/rows.ts';
import type { Row } from '../results/row.ts';
import { scoredCell, type ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import { tagOutcomes } from '../tags/given-tags.ts';
import { identityOf, rowOf, type Identity } from './rows.ts';
import { lostWordsNote } from './lost-words.ts';
import { sampledWords, WORDS_PER_CLASS, type SampledWords } from './sampled-words.ts';
import {
  failed,
  failureReason,
  ofVector,
  outcomeOf,
  promptOf,
  settingsOf,
  sharedPasses,
  type GridParams,
  type Member,
  type Outcome,
} from './grid.ts';
import type { Settings } from './settings.ts';
import { timedEmbedding } from './timed-embedding.ts';
import { wordVectors, type WordVector } from './word-vectors.ts';

/** Frozen encoders scored on tagged sentences: neighbours of words are words. */

interface WordRows {
  readonly name: string;
  readonly identity: Identity;
  readonly vector: WordVector;
  readonly dataset: TokenDataset;
  readonly settings: Settings;
}

/** The rows of one vector of an encoder as they will be, without scores. */
export function wordRows({ name, identity, vector, dataset, settings }: WordRows): Row[] {
  const data = { ...dataset, sample: sampleSaid(dataset, sampleOf(dataset, settings)) };
  return settings.metrics.flatMap((metric) =>
    plannedWordScores({ ...settings, words: searchedWords(dataset) }).map((score) =>
      rowOf({ encoder: name, identity, dataset: data, vector, metric, score }),
    ),
  );
}

/** As `computeGrid`, for one dataset. */
export async function* computeWords(params: GridParams, data: TokenDataset, timings: Timing[]): AsyncGenerator<Outcome> {
  const { encoders, settings, kept = async () => undefined } = params;
  const dataset = withTags(data, 'Scoring words');
  for (const item of encoders) if ('missing' in item) yield failed({ encoder: item.name, dataset: dataset.key, reason: item.missing });
  const members = encoders.flatMap((item): WordMember[] => {
    if ('missing' in item) return [];
    const { name, encoder } = item;
    return [{ name, encoder, vectors: [], lacking: [], identity: identityOf(encoder), words: wordVectors(encoder, name, settings) }];
  });
  for (const group of sharedPasses(members)) {
    const wanted: { readonly member: WordMember; readonly vector: WordVector }[] = [];
    for (const member of group) {
      for (const vector of member.words) {
        const rows = await kept(wordRows({ ...member, vector, dataset, settings }));
        if (rows === undefined) wanted.push({ member, vector });
        else yield { kind: 'kept', rows };
      }
    }
    if (wanted.length === 0) continue;
    params.signal?.throwIfAborted();
    let embedded: EmbeddedWords;
    try {
      embedded = await embedGroup({ members: group, specs: wanted.map(({ vector }) => vector.spec), dataset, params, timings });
    } catch (error) {
      const reason = failureReason(error);
      for (const { name, identity } of group) yield failed({ encoder: name, dataset: dataset.key, prompt: promptOf(identity), reason });
      continue;
    }
    for (const line of lostWordsNote(group.map(({ name }) => name).join(' + '), dataset, embedded)) params.warn(line);
    for (const { member, vector } of wanted) {
      const about = { encoder: member.name, dataset: dataset.key, ...ofVector(vector), prompt: promptOf(member.identity) };
      yield await outcomeOf(about, () => scoreCell({ params, dataset, timings, member, vector, embedded }));
    }
  }
}

interface WordMember extends Member {
  readonly words: readonly WordVector[];
}

interface GroupParams {
  readonly members: readonly WordMember[];
  readonly specs: readonly WordSpec[];
  readonly dataset: TokenDataset;
  readonly params: Pick<GridParams, 'settings' | 'vectorFolder' | 'progress' | 'warn' | 'signal'>;
  readonly timings: Timing[];
}

function embedGroup({ members, specs, dataset, params, timings }: GroupParams): Promise<EmbeddedWords> {
  const { encoder } = members[0]!;
  return timedEmbedding({ names: members.map(({ name }) => name), encoder, dataset, params, timings }, (resources) =>
    embedWords({ ...resources, sentences: dataset.words, specs: [...new Map(specs.map((spec) => [wordSpecName(spec), spec])).values()] }),
  );
}

interface CellParams {
  readonly params: GridParams;
  readonly dataset: TokenDataset;
  readonly timings: Timing[];
  readonly member: WordMember;
  readonly vector: WordVector;
  readonly embedded: EmbeddedWords;
}

async function scoreCell({ params, dataset, timings, member: { name, identity }, vector, embedded }: CellParams): Promise<ScoredCell[]> {
  const { settings, progress, vectorFolder, signal } = params;
  const sampled = sampleOf(dataset, settings);
  const data = { ...dataset, sample: sampleSaid(dataset, sampled) };
  const task = progress.task(`${dataset.key}: neighbours by ${name} ${vector.pooling}`, undefined, 'queries');
  const started = performance.now();
  const cells: ScoredCell[] = [];
  try {
    for (const metric of settings.metrics) {
      const scores = scoreWords({
        words: searchedWords(dataset),
        vectors: await rowsOf(embedded, vector.spec, vectorFolder),
        takeOver: true,
        lost: embedded.lost,
        sampled: sampled.words,
        protocols: settings.protocols,
        ks: settings.ks,
        votes: settings.votes,
        metric,
        threads: settings.threads,
        onProgress: ({ done, total }) => {
          signal?.throwIfAborted();
          task.setTotal(total);
          task.update(done);
        },
      });
      for await (const score of scores) {
        const row = rowOf({ encoder: name, identity, dataset: data, vector, metric, score, textsCut: embedded.cut });
        const without = String(
          embedded.lost.reduce((sum, lost, word) => sum + (lost === 1 && isOf(dataset, score.split, word) ? 1 : 0), 0),
        );
        cells.push(
          scoredCell({ row: { ...row, words_without_vector: without }, outcomes: tagOutcomes(dataset, score), classes: dataset.classes }),
        );
      }
    }
  } finally {
    task.end();
  }
  timings.push({
    encoder: name,
    dataset: dataset.key,
    stage: 'knn',
    detail: [vector.pooling, vector.layers, vector.wordPooling, settings.protocols.join(' '), `k ${settings.ks.join(' ')}`].join(', '),
    seconds: (performance.now() - started) / 1000,
    texts: embedded.rows,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    ...settingsOf(identity, dataset),
  });
  return cells;
}

/** Vectors of all words, in a file if there are too many: the caller closes them. */
function rowsOf(embedded: EmbeddedWords, spec: WordSpec, folder: string): Promise<Rows> {
  return writeRows({ rows: embedded.rows, cols: embedded.width(spec), folder }, (set) =>
    embedded.each(spec, (i, vector) => set(i, vector)),
  );
}

const sentences = new WeakMap<Int32Array, Int32Array>();

function sentenceOf({ starts }: TokenDataset): Int32Array {
  const known = sentences.get(starts) ?? sentenceOfWords({ starts });
  sentences.set(starts, known);
  return known;
}

function searchedWords(dataset: TokenDataset): SearchedWords {
  const { key, tags, classes } = dataset;
  return { key, labels: tags, classes: classes.length, sentence: sentenceOf(dataset), split: itemsOf(dataset).split };
}

function sampleOf(
  dataset: TokenDataset,
  { wordsPerClass = WORDS_PER_CLASS, seed }: Pick<Settings, 'wordsPerClass' | 'seed'>,
): SampledWords {
  return sampledWords(dataset, wordsPerClass, seed);
}

function sampleSaid({ sample }: TokenDataset, { said }: SampledWords): string {
  return [sample, said].filter((part) => part !== '').join('; ');
}

function isOf(dataset: TokenDataset, split: string, word: number): boolean {
  return split === 'all' || ['train', 'dev', 'test'][itemsOf(dataset).split[word]!] === split;
}
