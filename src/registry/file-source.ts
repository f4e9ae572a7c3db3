import path from 'node:path';
import { packageRoot } from '../home.ts';

/** A relative path of a `file:` source is relative to the folder of the registry file. Other sources are returned unchanged. */
export function resolveFileSource(source: string, registry: string | undefined): string {
  if (!source.startsWith('file:') || source.startsWith('file://')) return source;
  const folder = registry === undefined ? packageRoot() : path.dirname(path.resolve(registry));
  return `file:${path.resolve(folder, source.slice('file:'.length))}`;
}
