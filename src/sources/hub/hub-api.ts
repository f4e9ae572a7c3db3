import type * as hub from '@huggingface/hub';
import { HarnessError, option, reason } from '../../errors.ts';
import { refused } from '../download.ts';
import type { Http } from '../http.ts';
import { isCommit } from '../source.ts';
import { isHash, staysInside, type HubFile } from './listing.ts';
import { hubRefusal } from './refusal.ts';
import { kindOf, otherKind, repoName } from './repo.ts';
import type { HubSettings } from './settings.ts';

/** The part of @huggingface/hub that is used. */
type Library = Pick<typeof hub, 'listFiles' | 'modelInfo' | 'datasetInfo' | 'HubApiError'>;

export interface HubApiParams {
  readonly settings: HubSettings;
  readonly http: Http;
}

/** More files than this are images or audio, neither an encoder nor a table. */
const MOST_FILES = 20_000;
/** The hub lists a thousand files per page: a listing with more pages does not end. */
const MOST_PAGES = 100;

/** Queries to the hub about its repositories, through @huggingface/hub. */
export class HubApi {
  readonly #params: HubApiParams;

  constructor(params: HubApiParams) {
    this.#params = params;
  }

  /** The current commit of a revision. Throws OFFLINE, SOURCE. */
  async commitOf(repo: string, revision: string): Promise<string> {
    const sha = await this.#ask(repo, revision, async (library) => {
      try {
        return await this.#shaOf(library, repo, revision);
      } catch (error) {
        const absent = error instanceof library.HubApiError && (error.statusCode === 404 || error.statusCode === 401);
        throw (absent ? await this.#otherwise(library, repo, revision) : undefined) ?? error;
      }
    });
    if (!isCommit(sha)) {
      throw new HarnessError('SOURCE', {
        where: `hf:${repoName(repo)}@${revision}`,
        what: `${this.#params.settings.endpoint} gives no commit for it.`,
        hint: 'Check the revision, and HF_ENDPOINT.',
      });
    }
    return sha;
  }

  /** The files of a repository at a commit. Throws OFFLINE, SOURCE. */
  async files(repo: string, commit: string): Promise<readonly HubFile[]> {
    return this.#ask(repo, commit, async ({ listFiles }) => {
      const found: HubFile[] = [];
      for await (const { type, path: file, size, lfs, oid } of listFiles({
        repo: { type: kindOf(repo), name: repoName(repo) },
        recursive: true,
        revision: commit,
        ...this.#access(),
      })) {
        if (type !== 'file' || !staysInside(file)) continue;
        if (found.length === MOST_FILES) {
          throw new HarnessError('SOURCE', {
            where: `hf:${repoName(repo)}`,
            what: `It has more than ${MOST_FILES} files and is no ${kindOf(repo) === 'model' ? 'encoder' : 'dataset of tables'}.`,
            hint: 'Check the name.',
          });
        }
        if (!isHash(lfs?.oid ?? oid ?? '')) throw new Error(`${file} has no hash`);
        found.push(
          lfs === undefined
            ? { path: file, bytes: size, gitOid: oid }
            : { path: file, bytes: lfs.size, sha256: lfs.oid.replace(/^sha256:/, '') },
        );
      }
      return found;
    });
  }

  async #shaOf({ modelInfo, datasetInfo }: Library, repo: string, revision: string): Promise<string> {
    const asked = { name: repoName(repo), revision, additionalFields: ['sha' as const], ...this.#access() };
    return (kindOf(repo) === 'model' ? await modelInfo(asked) : await datasetInfo(asked)).sha;
  }

  /** A more precise error than "not found", if the hub has the repository without the revision, or one of the other kind. */
  async #otherwise(library: Library, repo: string, revision: string): Promise<HarnessError | undefined> {
    const has = (other: string): Promise<boolean> => this.#shaOf(library, other, 'HEAD').then(isCommit, () => false);
    const [where, host] = [`hf:${repoName(repo)}@${revision}`, new URL(this.#params.settings.endpoint).host];
    if (revision !== 'main' && (await has(repo))) {
      return new HarnessError('SOURCE', {
        where,
        what: `${host} has the repository, but no branch, tag or commit "${revision}".`,
        hint: 'Check the revision.',
      });
    }
    const other = otherKind(repo);
    if (other === undefined || !(await has(other))) return undefined;
    const [kind, flag] = kindOf(other) === 'model' ? ['a model', option('model')] : ['a dataset', option('dataset')];
    return new HarnessError('SOURCE', {
      where,
      what: `${host} has ${kind} of that name, but no ${kindOf(repo)}.`,
      hint: `Use ${flag}.`,
    });
  }

  /** Parameters of the library's calls: the token is sent by our own request, only to the hub's host. */
  #access(): { hubUrl: string; fetch: typeof fetch } {
    const { http, settings } = this.#params;
    const own = new URL(settings.endpoint).origin;
    const token = hubToken(settings);
    let pages = 0;
    return {
      hubUrl: settings.endpoint,
      fetch: async (input, init) => {
        const url = input instanceof Request ? input.url : String(input);
        if (++pages > MOST_PAGES)
          throw new HarnessError('SOURCE', {
            where: settings.endpoint,
            what: `Its listing has more than ${MOST_PAGES} pages.`,
            hint: 'Check HF_ENDPOINT.',
          });
        return http.request(url, {
          headers: Object.fromEntries(new Headers(init?.headers)),
          token: new URL(url).origin === own ? token : undefined,
        });
      },
    };
  }

  /** The hub's library is loaded only when the hub is used, not for a start from the cache. */
  async #ask<T>(repo: string, revision: string, question: (library: Library) => Promise<T>): Promise<T> {
    const library = await import('@huggingface/hub');
    try {
      return await question(library);
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      const { endpoint } = this.#params.settings;
      if (error instanceof library.HubApiError)
        throw hubRefusal(this.#params.settings, { repo, revision, status: error.statusCode }) ?? refused(error.url, error.statusCode);
      throw new HarnessError(
        'SOURCE',
        {
          where: `hf:${repoName(repo)}@${revision}`,
          what: `${endpoint} gave an unexpected answer (${reason(error)}).`,
          hint: 'Check HF_ENDPOINT.',
        },
        { cause: error },
      );
    }
  }
}

/** The token, if it can be sent. The runtime's error would quote an invalid one in full. */
export function hubToken({ token }: HubSettings): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new HarnessError('OPTION', {
    where: 'HF_TOKEN',
    what: 'The token contains invalid characters.',
    hint: 'Set it again, or log in again if it comes from a file.',
  });
}
