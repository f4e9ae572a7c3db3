/** What the sources room gives to datasets and encoders. */

/** A file that was asked for, and lies on this disk now. */
export interface LocalFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Resolved revision: a hub commit, `package@version`, an address; undefined for a user's own file. */
  readonly revision?: string | undefined;
}

export interface DownloadProgress {
  /** What is being fetched, for a person. */
  readonly name: string;
  readonly done: number;
  /** undefined where the server does not say. */
  readonly total: number | undefined;
  /** The last report of this download, whether it came whole or not. */
  readonly ended: boolean;
}

export interface SourceOptions {
  /** Folder of downloads (tarballs, https files); hub files go to the hub's own cache folder. */
  readonly cacheDir: string;
  /** Never touch the network. */
  readonly offline: boolean;
  /** Folders searched by hash before any source. */
  readonly mirrors: readonly string[];
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Hears what is odd about files and hinders nothing, a sentence each. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** For tests: what is used in place of the global fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** HF_…, npm_config_… and …_PROXY are read from it: the process's own where left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Longest wait for an answer, or for its next byte. */
  readonly timeoutMs?: number | undefined;
  /** Wait before the second of three tries; doubled for the third. */
  readonly backoffMs?: number | undefined;
}

/** Where something is, before it is fetched. */
export interface Availability {
  /** local: a file of the user's own. missing: no source can give it as things are. */
  readonly state: 'cached' | 'mirrored' | 'local' | 'download' | 'missing';
  /** To be downloaded; undefined where nobody knows. */
  readonly bytes: number | undefined;
}
