/** Interface of the sources room for datasets and encoders. */

/** A requested file, on this disk. */
export interface LocalFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Resolved revision: a hub commit, `package@version`, a URL; undefined for a user's own file. */
  readonly revision?: string | undefined;
}

export interface DownloadProgress {
  /** Name of the download, for messages. */
  readonly name: string;
  readonly done: number;
  /** undefined if the server does not announce it. */
  readonly total: number | undefined;
  /** The last report of this download, successful or not. */
  readonly ended: boolean;
}

export interface SourceOptions {
  /** Folder of downloads (tarballs, https files); hub files are in the hub's own cache folder. */
  readonly cacheDir: string;
  /** Never use the network. */
  readonly offline: boolean;
  /** Folders searched by hash before any source. */
  readonly mirrors: readonly string[];
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Receives notes about files that are unusual but usable, one sentence each. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** For tests: replaces the global fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Environment for HF_…, npm_config_… and …_PROXY. Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Maximum wait for a response, or for its next byte. */
  readonly timeoutMs?: number | undefined;
  /** Wait before the second of three attempts; doubled for the third. */
  readonly backoffMs?: number | undefined;
}

/** Where something is, before it is fetched. */
export interface Availability {
  /** local: the user's own file. missing: unavailable from any source at present. */
  readonly state: 'cached' | 'mirrored' | 'local' | 'download' | 'missing';
  /** Bytes to download; undefined if unknown. */
  readonly bytes: number | undefined;
}
