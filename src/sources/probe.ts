import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../errors.ts';
import type { ModelVariant } from '../registry/schema.ts';
import { refused } from './download.ts';
import type { SourceContext } from './source-context.ts';
import { lackOf } from './encoder-files.ts';
import { onnxOf, pinnedFiles, prefixOf } from './models.ts';
import { addressOf, parseSource } from './source.ts';

export interface ProbeRequest {
  readonly from: string;
  /** Paths that must be there; an empty one: the source itself. */
  readonly paths: readonly string[];
  /** Of a source that lists its files: what is missing among them. */
  readonly lack?: ((paths: readonly string[]) => string | undefined) | undefined;
  readonly integrity?: string | undefined;
}

/** What a variant of an encoder cannot do without. */
export function probeOf(variant: ModelVariant): ProbeRequest {
  const folder = prefixOf(variant);
  return {
    from: variant.from,
    paths: pinnedFiles(variant).map(({ path: file }) => `${folder}${file}`),
    lack: (paths) => lackOf({ paths, onnx: onnxOf(variant), folder }),
    integrity: variant.integrity,
  };
}

/** Asks a source whether it answers and has what is wanted, and downloads none of it. Throws OFFLINE, SOURCE, CHECKSUM where not. */
export async function probe({ hub, npm, http, offline }: SourceContext, { from, paths, lack, integrity }: ProbeRequest): Promise<void> {
  const source = parseSource(from);
  switch (source.kind) {
    case 'hf': {
      const commit = await hub.commitOf(source.repo, source.revision, { fresh: true });
      const files = await hub.files(source.repo, commit);
      const there = files.map((file) => file.path);
      const missing = lack === undefined ? paths.find((wanted) => !there.includes(wanted)) : lack(there);
      if (missing !== undefined) throw new HarnessError('SOURCE', { where: from, what: `The repository has no ${missing} at ${commit.slice(0, 12)}.` });
      return;
    }
    case 'npm': {
      const found = await npm.integrityOf(source);
      if (integrity !== undefined && found !== integrity) throw new HarnessError('CHECKSUM', { where: from, what: `The npm registry's tarball has the integrity ${found}, expected ${integrity}.` });
      return;
    }
    case 'https': {
      if (offline) throw new HarnessError('OFFLINE', { where: from, what: '--offline is on, it was not asked.' });
      for (const inside of paths) {
        const url = addressOf(source, inside);
        const response = await http.request(url, { method: 'HEAD' });
        if (!response.ok) throw refused(url, response.status);
      }
      return;
    }
    case 'file': {
      for (const inside of paths) {
        const place = path.resolve(source.path, inside);
        if ((await stat(place).catch(() => undefined)) === undefined) throw new HarnessError('SOURCE', { where: place, what: 'There is no such file.' });
      }
      return;
    }
    default:
      source satisfies never;
  }
}
