import path from 'node:path';

/** A file of a repository at a commit, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Large files only. */
  readonly sha256?: string | undefined;
  /** Small files only. */
  readonly gitOid?: string | undefined;
}

/** A listing as huggingface_hub keeps it (_tree_cache.py, version 1); undefined for anything else. */
export function filesOfTree(tree: unknown): HubFile[] | undefined {
  const { format_version: version, files } = (tree ?? {}) as {
    format_version?: unknown;
    files?: Record<string, { size?: unknown; blob_id?: unknown; lfs_sha256?: unknown; lfs_size?: unknown }>;
  };
  if (version !== 1 || typeof files !== 'object' || files === null) return undefined;
  const found: HubFile[] = [];
  for (const [file, { size, blob_id: oid, lfs_sha256: sha256, lfs_size: bytes }] of Object.entries(files)) {
    const large = typeof sha256 === 'string';
    if (!staysInside(file) || !isHash(String(large ? sha256 : oid)) || typeof (large ? bytes : size) !== 'number') return undefined;
    found.push(large ? { path: file, bytes: bytes as number, sha256 } : { path: file, bytes: size as number, gitOid: oid as string });
  }
  return found;
}

/** Whether a listing has a hash where it should: hashes become names of files. */
export function isHash(text: string): boolean {
  return /^(?:(?:sha256:)?[0-9a-f]{64}|[0-9a-f]{40})$/.test(text);
}

/** A path that stays in its folder: listings are untrusted input. */
export function staysInside(file: string): boolean {
  return !path.isAbsolute(file) && !/(^|[\\/])\.\.([\\/]|$)/.test(file) && !file.includes('\0') && !file.includes('\\');
}
