/** A dataset's repository at one commit, as the sources room opens it. */
export interface RepositoryTree {
  readonly commit: string;
  readonly paths: readonly string[];
  /** `paths` are those of the cache, and there may be more. */
  readonly partial: boolean;
  readonly text: (path: string) => Promise<string | undefined>;
  readonly bytesOf: (paths: readonly string[]) => Promise<number>;
}
