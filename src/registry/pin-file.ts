import { writeAtomically } from '../files/atomic.ts';
import { HarnessError, reason } from '../errors.ts';
import { parseJson, readText } from './load.ts';

/** What to set in a variant of an entry of a models file; omitted fields stay as they are. */
export interface VariantPins {
  readonly key: string;
  readonly variant: number;
  readonly set: Readonly<Record<string, unknown>>;
}

/**
 * Writes pins into a models file, atomically. The order of keys and other fields are kept; indented by two spaces. If nothing changes the
 * file is not touched, and false is returned. Throws REGISTRY, OUTPUT.
 */
export async function writePins(file: string, pins: readonly VariantPins[]): Promise<boolean> {
  const value = parseJson(readText(file, file), file) as { models: Record<string, { variants: Record<string, unknown>[] }> };
  const before = JSON.stringify(value);
  for (const { key, variant, set } of pins) {
    const target = value.models[key]!.variants[variant]!;
    for (const [field, content] of Object.entries(set)) {
      if (content !== undefined) target[field] = field === 'from' ? withOwnPaths(content, target[field]) : content;
    }
  }
  if (JSON.stringify(value) === before) return false;
  try {
    await writeAtomically(file, `${JSON.stringify(value, undefined, 2)}\n`);
  } catch (error) {
    throw new HarnessError('OUTPUT', { where: file, what: `It cannot be written (${reason(error)}).` }, { cause: error });
  }
  return true;
}

/** Sources as pinned, but local paths stay as their author wrote them. */
function withOwnPaths(pinned: unknown, written: unknown): unknown {
  if (typeof pinned === 'string') return pinned.startsWith('file:') ? sourceIn(written) : pinned;
  if (Array.isArray(pinned)) return pinned.map((source, at) => withOwnPaths(source, Array.isArray(written) ? written[at] : undefined));
  const source = pinned as { readonly from: string };
  return { ...source, from: withOwnPaths(source.from, written) };
}

function sourceIn(written: unknown): unknown {
  return typeof written === 'string' ? written : (written as { readonly from: string }).from;
}
