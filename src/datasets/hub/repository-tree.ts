/** A dataset's repository at one commit, as opened by the sources room. */
export interface RepositoryTree {
  readonly commit: string;
  readonly paths: readonly string[];
  /** `paths` are those in the cache, and there may be more. */
  readonly partial: boolean;
  readonly text: (path: string) => Promise<string | undefined>;
  readonly bytesOf: (paths: readonly string[]) => Promise<number>;
}
