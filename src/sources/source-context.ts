import path from 'node:path';
import { ChecksumNotes } from './checksum.ts';
import { Http } from './http.ts';
import { hubSettings } from './hub/settings.ts';
import { Hub } from './hub/hub.ts';
import { Mirrors } from './mirror.ts';
import { npmSettings } from './npm/settings.ts';
import { NpmPackages } from './npm/packages.ts';
import type { SourceOptions } from './types.ts';

/** Everything that files can come from, opened once. */
export interface SourceContext {
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly http: Http;
  readonly notes: ChecksumNotes;
  readonly mirrors: Mirrors;
  readonly hub: Hub;
  readonly npm: NpmPackages;
  readonly onProgress: SourceOptions['onProgress'];
  readonly onNote: SourceOptions['onNote'];
}

export function openSourceContext({
  cacheDir,
  offline,
  mirrors: folders,
  onProgress,
  onNote,
  fetch,
  env = process.env,
  timeoutMs,
  backoffMs,
}: SourceOptions): SourceContext {
  const settings = hubSettings(env);
  const notes = new ChecksumNotes(cacheDir);
  const mirrors = new Mirrors(folders, notes);
  const http = new Http({ fetch, env, offline, timeoutMs, backoffMs });
  return {
    cacheDir,
    offline,
    http,
    notes,
    mirrors,
    onProgress,
    onNote,
    hub: new Hub({ settings, http, notes, mirrors, listings: path.join(cacheDir, 'hub'), offline, onProgress }),
    npm: new NpmPackages({ cacheDir, offline, notes, settings: npmSettings(env), env, timeoutMs, backoffMs, onProgress }),
  };
}
