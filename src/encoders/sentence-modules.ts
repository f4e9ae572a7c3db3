import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A step of a sentence-transformers encoder. */
export interface SentenceModule {
  /** Class, without its package where that is sentence-transformers: Transformer, Pooling, Normalize; '' where there is none. */
  readonly kind: string;
  /** Folder with its files, relative to the encoder's; '' for that itself. */
  readonly at: string;
  /** What the list calls it; undefined where it has no name. */
  readonly name: string | undefined;
}

/** What a modules.json says; undefined where it is no list. */
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

/** Modules that make vectors of tokens. */
const ENCODERS: ReadonlySet<string> = new Set(['Transformer', 'StaticEmbedding']);

/** Whether a path of a modules.json leads out of the encoder's folder. */
export function leadsOut(at: string): boolean {
  return path.isAbsolute(at) || at.split(/[/\\]/).includes('..');
}

/**
 * Where the configuration, weights and tokenizer of an encoder lie: older sentence-transformers folders have them in
 * `0_Transformer` (static ones in `0_StaticEmbedding`), as their modules.json says, whatever else lies in the folder itself. That in every
 * other case.
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
  // An adapter may lie there alone: its base has the configuration.
  return ['config.json', 'adapter_config.json'].some((file) => existsSync(path.join(inner, file))) ? inner : folder;
}
