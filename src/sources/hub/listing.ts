import path from 'node:path';

/** A file of a repository at a commit, as listed by the hub. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Only for large files. */
  readonly sha256?: string | undefined;
  /** Only for small files. */
  readonly gitOid?: string | undefined;
}

/** A listing as stored by huggingface_hub (_tree_cache.py, version 1); undefined for anything else. */
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

/** Whether a listing has valid hashes: they become file names. */
export function isHash(text: string): boolean {
  return /^(?:(?:sha256:)?[0-9a-f]{64}|[0-9a-f]{40})$/.test(text);
}

/** Whether a path stays inside its folder: listings are untrusted input. */
export function staysInside(file: string): boolean {
  return !path.isAbsolute(file) && !/(^|[\\/])\.\.([\\/]|$)/.test(file) && !file.includes('\0') && !file.includes('\\');
}
