import { severalFailed, wantedFor } from './failures.ts';
import type { FileRequest } from './file-source.ts';
import { firstValid, nearestPlan } from './first-valid.ts';
import { mirroredFile } from './mirrored.ts';
import { openSource } from './open-source.ts';
import type { SourceContext } from './source-context.ts';
import type { Availability, LocalFile } from './types.ts';

/** A file on this disk. Throws OFFLINE, SOURCE, CHECKSUM, FORMAT. */
export async function fetchFile(context: SourceContext, request: FileRequest): Promise<LocalFile> {
  const mirrored = await mirroredFile(context, request);
  if (mirrored !== undefined) return mirrored;
  const answer = await firstValid(
    context,
    // All are opened before any is used: an invalid source is an error at any position.
    request.from.map((name) => {
      const source = openSource(context, name);
      return { name, state: () => source.fileState(request), fetch: () => source.fetchFile(request) };
    }),
  );
  if ('found' in answer) return answer.found;
  if (answer.errors.length === 1) throw wantedFor(answer.errors[0]!, request.name);
  throw severalFailed(request.name, answer.errors);
}

/** Whether a file is on this disk; does not use the network. */
export async function planFile(context: SourceContext, request: FileRequest): Promise<Availability> {
  if ((await mirroredFile(context, request)) !== undefined) return { state: 'mirrored', bytes: 0 };
  const sources = request.from.map((name) => openSource(context, name));
  return nearestPlan(
    sources.map((source) => async () => {
      const state = await source.fileState(request);
      return state === 'download' ? { state, bytes: request.bytes } : { state, bytes: state === 'missing' ? undefined : 0 };
    }),
  );
}
