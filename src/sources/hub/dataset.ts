import { readFile, stat } from 'node:fs/promises';
import { HarnessError, option } from '../../errors.ts';
import { datasetRepo } from './repo.ts';
import type { SourceContext } from '../source-context.ts';
import type { LocalFile, Availability } from '../types.ts';

/** `hf:[org/]name[:CONFIG][@revision]`, parsed. */
export interface DatasetReference {
  /** Name in tables: everything but `hf:`. */
  readonly name: string;
  /** `org/name`, or just `name`. */
  readonly id: string;
  /** A configuration by its name; undefined: the only one, or the default. */
  readonly config: string | undefined;
  readonly revision: string;
}

const FORM = 'Write hf:org/name, hf:org/name:CONFIG or hf:org/name:CONFIG@revision.';

function wrong(what: string, hint = FORM): HarnessError {
  return new HarnessError('OPTION', { where: option('dataset'), what, hint });
}

/** Throws OPTION for anything that is not a hub dataset. */
export function parseDatasetReference(text: string): DatasetReference {
  const address = /^(?:hf:\/\/|https?:\/\/[^/]+\/|hf:)datasets\/([\w.-]+(?:\/[\w.-]+)?)/.exec(text);
  if (address !== null) throw wrong(`"${text}" is a hub URL.`, `Write hf:${address[1]}.`);
  const swapped = /^(hf:[^:@]+)(@[^:@]+)(:[^:@]+)$/.exec(text);
  if (swapped !== null) {
    throw wrong(`"${text}" has the revision before the configuration.`, `Write ${swapped[1]}${swapped[3]}${swapped[2]}.`);
  }
  const [, id, config, revision] = /^hf:([\w.-]+(?:\/[\w.-]+)?)(?::([^:@/\\<>|?*\p{Cc}]+))?(?:@([\w./+-]+))?$/u.exec(text) ?? [];
  if (id === undefined || /(^|\/)\.\.?(\/|$)/.test(`${id}/${revision ?? ''}`) || revision?.startsWith('/') === true) {
    throw wrong(`"${text}" is not a dataset of the hub.`);
  }
  return { name: text.slice('hf:'.length), id, config, revision: revision ?? 'main' };
}

/** A dataset's repository at one commit. */
export interface DatasetTree {
  readonly commit: string;
  readonly paths: readonly string[];
  /** No listing is known: `paths` are those in the cache, and the repository may have more. */
  readonly partial: boolean;
  /** A small text file; undefined if missing. Throws as `fetch`, and FORMAT if it is too long. */
  readonly text: (path: string) => Promise<string | undefined>;
  /** Downloads a file. Throws OFFLINE, SOURCE, CHECKSUM. */
  readonly fetch: (path: string) => Promise<LocalFile>;
  /** Total bytes of files by the hub's listing, or on disk without one. */
  readonly bytesOf: (paths: readonly string[]) => Promise<number>;
  readonly plan: (paths: readonly string[]) => Promise<Availability>;
}

/** A larger README is not a dataset card. */
const MOST_TEXT = 8e6;

/** Throws OFFLINE, SOURCE if the repository or the revision is unavailable. */
export async function openDatasetTree({ hub }: SourceContext, id: string, revision: string): Promise<DatasetTree> {
  const repo = datasetRepo(id);
  const commit = await hub.commitOf(repo, revision);
  const known = await hub.knownFiles(repo, commit);
  const cached = known === undefined ? await hub.cache.paths(repo, commit) : [];
  const listing =
    known ??
    (hub.offline
      ? undefined
      : await hub.files(repo, commit).catch((error: unknown) => {
          // The cache was filled without a listing (Python libraries request none), and the hub is unavailable now.
          if (cached.length === 0 || !(error instanceof HarnessError) || error.code !== 'OFFLINE') throw error;
          return undefined;
        }));
  if (listing === undefined && cached.length === 0) {
    throw new HarnessError('OFFLINE', {
      where: `hf:${id}@${revision}`,
      what: `The cache (${hub.cache.folder}) has none of its files, and the hub is not contacted.`,
      hint: 'Run once while online.',
    });
  }
  const files = new Map(listing?.map((file) => [file.path, file]));
  const fetch = (path: string): Promise<LocalFile> => {
    const file = files.get(path);
    return file === undefined ? hub.cached(repo, commit, path) : hub.fetch(repo, commit, file);
  };
  const bytesHere = async (path: string): Promise<number> => files.get(path)?.bytes ?? (await stat((await fetch(path)).path)).size;
  const paths = listing?.map((file) => file.path) ?? cached;
  return {
    commit,
    paths: paths.toSorted(),
    partial: listing === undefined,
    fetch,
    async text(path) {
      if (!paths.includes(path)) return undefined;
      const bytes = await bytesHere(path);
      if (bytes > MOST_TEXT) {
        throw new HarnessError('FORMAT', {
          where: `hf:${id} ${path}`,
          what: `It has ${bytes} bytes; the limit is ${MOST_TEXT}.`,
          hint: `Download the files of the dataset and pass them with ${option('dataset')}.`,
        });
      }
      return readFile((await fetch(path)).path, 'utf8');
    },
    async bytesOf(wanted) {
      let bytes = 0;
      for (const path of wanted) bytes += await bytesHere(path);
      return bytes;
    },
    async plan(wanted) {
      let bytes = 0;
      for (const path of wanted) if ((await hub.cache.find(repo, commit, path)) === undefined) bytes += files.get(path)?.bytes ?? 0;
      if (bytes === 0) return { state: 'cached', bytes: 0 };
      return hub.offline ? { state: 'missing', bytes: undefined } : { state: 'download', bytes };
    },
  };
}
