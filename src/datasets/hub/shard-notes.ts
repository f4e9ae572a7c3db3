import { HarnessError } from '../../errors.ts';
import type { RepositoryTree } from './repository-tree.ts';

interface Shard {
  readonly index: string;
  readonly of: number;
  /** What the shards of one set have in common; followed by a hash, or the extension. */
  readonly key: string;
}

function shardOf(path: string): Shard | undefined {
  const [, before, index, of] = /^(.*?)(\d{5})-of-(\d{5})/.exec(path) ?? [];
  return index === undefined ? undefined : { index, of: Number(of), key: `${before}*-of-${of}` };
}

/** Shards have their total number in their names: an incomplete set is reported, and rejected if the cache may lack the others. */
export function shardNotes(paths: readonly string[], tree: RepositoryTree, where: string): string[] {
  const shardsOf = (key: string, among: readonly string[]): number =>
    new Set(
      among
        .map(shardOf)
        .filter((shard) => shard?.key === key)
        .map((shard) => shard!.index),
    ).size;
  const sets = new Map(
    paths
      .map(shardOf)
      .filter((shard) => shard !== undefined)
      .map(({ key, of }) => [key, of]),
  );
  return [...sets].flatMap(([key, of]) => {
    const read = shardsOf(key, paths);
    if (read >= of) return [];
    if (tree.partial) {
      throw new HarnessError('OFFLINE', {
        where,
        what: `The cache has ${read} of ${of} shards ${key}.`,
        hint: 'Run once while online.',
      });
    }
    return [
      `It reads ${read} of ${of} shards ${key}: ` +
        `${shardsOf(key, tree.paths) > read ? 'its README names no others' : 'the repository has no others'}.`,
    ];
  });
}
