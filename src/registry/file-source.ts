import path from 'node:path';
import { packageRoot } from '../home.ts';

/**
 * A `file:` source with a relative path is meant from the folder of the registry file that names it. Other sources are returned as they
 * are.
 */
export function resolveFileSource(source: string, registry: string | undefined): string {
  if (!source.startsWith('file:') || source.startsWith('file://')) return source;
  const folder = registry === undefined ? packageRoot() : path.dirname(path.resolve(registry));
  return `file:${path.resolve(folder, source.slice('file:'.length))}`;
}
