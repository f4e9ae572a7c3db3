import { HarnessError } from '../errors.ts';
import { severalFailed, wantedFor } from './failures.ts';
import type { FileRequest, FileSource } from './file-source.ts';
import { mirroredFile } from './mirrored.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import type { Availability, LocalFile } from './types.ts';

/** A file on this disk. Throws OFFLINE, SOURCE, CHECKSUM, FORMAT. */
export async function fetchFile(context: SourceContext, request: FileRequest): Promise<LocalFile> {
  const mirrored = await mirroredFile(context, request);
  if (mirrored !== undefined) return mirrored;
  const errors: HarnessError[] = [];
  for (const source of await nearestFirst(context, request)) {
    try {
      return await source.fetchFile(request);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length === 1) throw wantedFor(errors[0]!, request.name);
  throw severalFailed(request.name, errors);
}

/** Whether a file is on this disk; without a question to the network. */
export async function planFile(context: SourceContext, request: FileRequest): Promise<Availability> {
  if ((await mirroredFile(context, request)) !== undefined) return { state: 'mirrored', bytes: 0 };
  let best: Availability = { state: 'missing', bytes: undefined };
  for (const source of opened(context, request)) {
    const state = await source.fileState(request);
    if (state === 'cached' || state === 'local') return { state, bytes: 0 };
    if (state === 'download' && best.state === 'missing') best = { state, bytes: request.bytes };
  }
  return best;
}

/** Sources that have the file on this disk before those that have to be asked; else in the order given. */
async function nearestFirst(context: SourceContext, request: FileRequest): Promise<FileSource[]> {
  const near: FileSource[] = [];
  const far: FileSource[] = [];
  for (const source of opened(context, request)) {
    const state = await source.fileState(request);
    (state === 'cached' || state === 'local' ? near : far).push(source);
  }
  return [...near, ...far];
}

/** All of them, before one is asked: what names no source is an error wherever it stands. */
function opened(context: SourceContext, { from }: FileRequest): FileSource[] {
  return from.map((text) => openSource(context, text));
}
