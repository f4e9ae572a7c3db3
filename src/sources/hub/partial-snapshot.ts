import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import { MODULE_WEIGHTS } from '../encoder-files.ts';
import type { HubSource } from '../source.ts';
import type { HubCache } from './cache.ts';
import { modulesOf, parsed, WEIGHTED } from './module-list.ts';

/** Where a snapshot of the hub's cache stands beside its repository, of which no listing is known. */
export interface Completeness {
  /** A file that the repository must have and the snapshot lacks, and what tells so: a sentence. */
  readonly lacking?: string | undefined;
  /** Files that decide about vectors and that nobody asked the hub for: whether the repository has them is not known. */
  readonly unknown: readonly string[];
}

interface SnapshotParams {
  readonly cache: HubCache;
  readonly repo: string;
  readonly commit: string;
  /** All that the snapshot has. */
  readonly paths: readonly string[];
  /** The encoder's folder in it: '' or ending in a slash. */
  readonly prefix: string;
}

/** Files that only sentence-transformers writes: with one of these there is a modules.json. */
const SENTENCE_FILES =
  /^(?:config_sentence_transformers\.json|sentence_[a-z-]+_config\.json|\d+_(?:Pooling|Dense|Normalize|StaticEmbedding)\/.+)$/;
/** `sentence_roberta_config.json` and its kin say what `sentence_bert_config.json` does. */
const SENTENCE_CONFIG = /^sentence_[a-z-]+_config\.json$/;
/** Left out, a length limit, the pooling or the handling of capitals is another. */
const DECISIVE = ['modules.json', 'sentence_bert_config.json', 'tokenizer_config.json'];

/**
 * Tools of Python cache what they ask for: transformers never asks for sentence-transformers' files, a download may break off. What
 * the snapshot itself says of its repository is followed: modules.json, an index of shards, the README, and the notes of
 * huggingface_hub on files that the repository does not have.
 */
export async function completeness({ cache, repo, commit, paths, prefix }: SnapshotParams): Promise<Completeness> {
  const inside = new Set(paths.filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length)));
  const text = async (file: string): Promise<string> =>
    inside.has(file) ? readFile(path.join(cache.snapshot(repo, commit), prefix, file), 'utf8').catch(() => '') : '';
  const absent = (file: string): Promise<boolean> => cache.saidAbsent(repo, commit, `${prefix}${file}`);
  const modules = modulesOf(await text('modules.json'));
  for (const { kind, at } of modules) {
    const file = path.posix.join(at, kind === 'StaticEmbedding' ? 'tokenizer.json' : 'config.json');
    if (kind !== 'Normalize' && !inside.has(file)) return { lacking: `It lacks ${file}, which its modules.json needs.`, unknown: [] };
    const weights = MODULE_WEIGHTS.map((name) => path.posix.join(at, name));
    if (WEIGHTED.has(kind) && !weights.some((each) => inside.has(each))) {
      return { lacking: `It lacks ${weights.join(' or ')}, which its modules.json needs.`, unknown: [] };
    }
  }
  for (const index of [...inside].filter((file) => file.endsWith('.index.json'))) {
    const shard = shardsOf(await text(index)).find((file) => !inside.has(path.posix.join(path.posix.dirname(index), file)));
    if (shard !== undefined) return { lacking: `It lacks ${shard}, listed in its ${index}.`, unknown: [] };
  }
  if (!inside.has('modules.json') && !(await absent('modules.json'))) {
    const sentence = [...inside].find((file) => SENTENCE_FILES.test(file));
    if (sentence !== undefined) return { lacking: `It lacks modules.json, which belongs to its ${sentence}.`, unknown: [] };
    if (/^---\r?\n(?:(?!---).*\r?\n)*library_name: *["']?sentence-transformers\b/.test(await text('README.md'))) {
      return { lacking: 'It lacks modules.json, and its README.md says that it is of sentence-transformers.', unknown: [] };
    }
  }
  // A static encoder is its table and its tokenizer.json: nothing else is asked for, here and in Python.
  if (modules[0]?.kind === 'StaticEmbedding') return { unknown: [] };
  const unknown: string[] = [];
  const older = [...inside].some((file) => SENTENCE_CONFIG.test(file));
  for (const file of DECISIVE) {
    const there = inside.has(file) || (older && SENTENCE_CONFIG.test(file));
    if (!there && !(await absent(file))) unknown.push(file);
  }
  return { unknown };
}

interface Partial {
  readonly source: HubSource;
  readonly commit: string;
  /** What the snapshot has. */
  readonly there: readonly string[];
  /** The beginning of a sentence. */
  readonly lack: string;
}

/** A snapshot that lacks files it needs, while offline. */
export function partial(cache: HubCache, { source, commit, there, lack }: Partial): HarnessError {
  const left = cache.unfinished(source.repo);
  const what =
    there.length === 0
      ? `Snapshot ${commit.slice(0, 12)} is not in the cache (${cache.folder})`
      : `The cached snapshot (${cache.snapshot(source.repo, commit)}) is partial. ${lack}`;
  const off = left.length === 0 ? '' : `, and a download was interrupted (${left.slice(0, 3).join('; ')})`;
  return new HarnessError('OFFLINE', {
    where: source.text,
    what: `${what}${off}; the hub is not contacted.`,
    hint: `Run once while online, or give ${option('mirror')} DIR with the files.`,
  });
}

/** What a snapshot does not tell, as a note. */
export function partialNote(where: string, unknown: readonly string[]): string {
  const them = unknown.length === 1 ? 'it' : 'them';
  return (
    `${where}: the cached snapshot may be partial: it lacks ${unknown.join(', ')}; the repository may have ${them}. ` +
    'If so, length limit, tokens or published pooling may differ. Run once while online to find out.'
  );
}

/** Files that an index of shards names; none where it is no index: the reader of the weights says what is wrong with it. */
function shardsOf(index: string): string[] {
  const { weight_map: map } = (parsed(index) ?? {}) as { weight_map?: unknown };
  return typeof map === 'object' && map !== null
    ? [...new Set(Object.values(map))].filter((file): file is string => typeof file === 'string' && !file.includes('..'))
    : [];
}
