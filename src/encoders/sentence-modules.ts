import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A module of a sentence-transformers encoder. */
export interface SentenceModule {
  /** Class, without its package if that is sentence-transformers: Transformer, Pooling, Normalize; '' if missing. */
  readonly kind: string;
  /** Folder with its files, relative to the encoder's; '' for the encoder's own. */
  readonly at: string;
  /** Its name in the list; undefined if it has none. */
  readonly name: string | undefined;
}

/** The modules of a modules.json; undefined if it is not a list. */
export function sentenceModules(json: unknown): SentenceModule[] | undefined {
  if (!Array.isArray(json)) return undefined;
  return json.map((module: unknown) => {
    const { type, path: at, name } = (module ?? {}) as { type?: unknown; path?: unknown; name?: unknown };
    return {
      kind: typeof type === 'string' ? classOf(type) : '',
      at: typeof at === 'string' ? at : '',
      name: typeof name === 'string' ? name : undefined,
    };
  });
}

/** A class from outside sentence-transformers may do anything, whatever its name: `custom_st.Transformer`. */
function classOf(type: string): string {
  return type.startsWith('sentence_transformers.') ? type.split('.').at(-1)! : type;
}

/** Modules that compute token vectors. */
const ENCODERS: ReadonlySet<string> = new Set(['Transformer', 'StaticEmbedding']);

/** Whether a path of a modules.json is outside the encoder's folder. */
export function leadsOut(at: string): boolean {
  return path.isAbsolute(at) || at.split(/[/\\]/).includes('..');
}

/**
 * Folder of an encoder's configuration, weights and tokenizer: in older sentence-transformers folders it is `0_Transformer` (for static
 * ones `0_StaticEmbedding`), as declared in modules.json, whatever else is in the folder itself. Otherwise the folder itself.
 */
export function transformerFolder(folder: string): string {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path.join(folder, 'modules.json'), 'utf8'));
  } catch {
    return folder;
  }
  const [first] = sentenceModules(json) ?? [];
  if (first === undefined || !ENCODERS.has(first.kind) || leadsOut(first.at)) return folder;
  const inner = path.join(folder, first.at);
  if (first.kind === 'StaticEmbedding') return existsSync(path.join(inner, 'tokenizer.json')) ? inner : folder;
  // It may contain only an adapter: the configuration is in its base.
  return ['config.json', 'adapter_config.json'].some((file) => existsSync(path.join(inner, file))) ? inner : folder;
}
