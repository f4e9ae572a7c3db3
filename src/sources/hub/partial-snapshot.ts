import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError, option } from '../../errors.ts';
import { MODULE_WEIGHTS } from '../encoder-files.ts';
import type { HubSource } from '../source.ts';
import type { HubCache } from './cache.ts';
import { modulesOf, parsed, WEIGHTED } from './module-list.ts';

/** How complete a cached snapshot is compared with its repository, without a listing. */
export interface Completeness {
  /** A file that the repository must have and the snapshot lacks, and how that is known: a sentence. */
  readonly lacking?: string | undefined;
  /** Files that affect vectors and were never requested from the hub, so that they may exist in the repository. */
  readonly unknown: readonly string[];
}

interface SnapshotParams {
  readonly cache: HubCache;
  readonly repo: string;
  readonly commit: string;
  /** All files of the snapshot. */
  readonly paths: readonly string[];
  /** The encoder's folder in it: '' or ending in a slash. */
  readonly prefix: string;
}

/** Files that only sentence-transformers writes: if one exists, so does a modules.json. */
const SENTENCE_FILES =
  /^(?:config_sentence_transformers\.json|sentence_[a-z-]+_config\.json|\d+_(?:Pooling|Dense|Normalize|StaticEmbedding)\/.+)$/;
/** `sentence_roberta_config.json` and similar files have the content of `sentence_bert_config.json`. */
const SENTENCE_CONFIG = /^sentence_[a-z-]+_config\.json$/;
/** Without these, a length limit, the pooling or lower-casing would differ. */
const DECISIVE = ['modules.json', 'sentence_bert_config.json', 'tokenizer_config.json'];

/**
 * Python tools cache only what they request: transformers never requests sentence-transformers' files, a download may be aborted.
 * Completeness is inferred from the snapshot itself: modules.json, an index of shards, the README, and huggingface_hub's notes on files
 * that the repository does not have.
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
  // A static encoder is its table and its tokenizer.json: nothing else is requested, here and in Python.
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
  /** The files of the snapshot. */
  readonly there: readonly string[];
  /** Beginning of a sentence. */
  readonly lack: string;
}

/** The error for a snapshot that lacks required files while offline. */
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

/** Note on what a snapshot leaves unknown. */
export function partialNote(where: string, unknown: readonly string[]): string {
  const them = unknown.length === 1 ? 'it' : 'them';
  return (
    `${where}: the cached snapshot may be partial: it lacks ${unknown.join(', ')}; the repository may have ${them}. ` +
    'If so, length limit, tokens or published pooling may differ. Run once while online to find out.'
  );
}

/** Files named in an index of shards; empty if it is invalid, which is reported when the weights are read. */
function shardsOf(index: string): string[] {
  const { weight_map: map } = (parsed(index) ?? {}) as { weight_map?: unknown };
  return typeof map === 'object' && map !== null
    ? [...new Set(Object.values(map))].filter((file): file is string => typeof file === 'string' && !file.includes('..'))
    : [];
}
