import { HarnessError } from '../errors.ts';

/** A parsed source. */
export type Source = HubSource | NpmSource | WebSource | DiskSource;
export interface HubSource {
  readonly kind: 'hf';
  readonly text: string;
  readonly repo: string;
  readonly revision: string;
}
export interface NpmSource {
  readonly kind: 'npm';
  readonly text: string;
  readonly name: string;
  readonly version: string;
}
export interface WebSource {
  readonly kind: 'https';
  readonly text: string;
  readonly url: string;
}
export interface DiskSource {
  readonly kind: 'file';
  readonly text: string;
  readonly path: string;
}

/** Parses `hf:org/name[@revision]`, `npm:package@version`, `https://…`, `file:path`. Throws SOURCE for anything else. */
export function parseSource(text: string): Source {
  const hub = /^hf:([\w.-]+\/[\w.-]+?)(?:@([\w./-]+))?$/.exec(text);
  if (hub !== null && !/(^|\/)\.\.?(\/|$)/.test(`${hub[1]}/${hub[2] ?? ''}`))
    return { kind: 'hf', text, repo: hub[1]!, revision: hub[2] ?? 'main' };
  const npm = /^npm:((?:@[\w.-]+\/)?[\w.-]+)@(\d[\w.+-]*)$/.exec(text);
  if (npm !== null) return { kind: 'npm', text, name: npm[1]!, version: npm[2]! };
  if (text.startsWith('https://') && URL.canParse(text)) return { kind: 'https', text, url: text };
  if (text.startsWith('file:') && text.length > 'file:'.length)
    return { kind: 'file', text, path: text.slice('file:'.length).replace(/^\/\/(?=\/)/, '') };
  throw new HarnessError('SOURCE', {
    where: text,
    what: 'This is not a source.',
    hint: 'Write hf:org/name@revision, npm:package@version, https://… or file:path.',
  });
}

/** Whether a revision is immutable. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
