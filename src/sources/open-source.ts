import type { FileSource } from './file-source.ts';
import { HubFiles } from './hub/hub-source.ts';
import { WebFiles } from './https/web-source.ts';
import { DiskFiles } from './local/disk-source.ts';
import { NpmFiles } from './npm/npm-source.ts';
import type { SourceContext } from './source-context.ts';
import { parseSource, type Source } from './source.ts';

/** Every kind of source, and what opens it: the only place that distinguishes them. */
const KINDS: {
  readonly [Kind in Source['kind']]: (context: SourceContext, source: Extract<Source, { readonly kind: Kind }>) => FileSource;
} = {
  hf: (context, source) => new HubFiles(context, source),
  npm: (context, source) => new NpmFiles(context, source),
  https: (context, source) => new WebFiles(context, source),
  file: (context, source) => new DiskFiles(context, source),
};

/** Opens `hf:…`, `npm:…`, `https:…` or `file:…`, without a request. Throws SOURCE for anything else. */
export function openSource(context: SourceContext, text: string): FileSource {
  const source = parseSource(text);
  return (KINDS[source.kind] as (context: SourceContext, source: Source) => FileSource)(context, source);
}
