import { reason, shown } from '../../errors.ts';
import { quoted } from '../../tensors/refusal.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { parseStrictJson } from '../../files/strict-json.ts';
import type { WeightsFile } from '../../tensors/weights-file.ts';

/** An index names each tensor and its file: some hundred bytes per tensor. */
const INDEX_LIMIT = 1 << 26;

/** File of each tensor, from an index such as model.safetensors.index.json. Throws FORMAT if one is not in the index's folder. */
export function readIndex(file: WeightsFile): Map<string, string> {
  if (file.size > INDEX_LIMIT) throw file.refusal(`The index has ${file.size} bytes; the limit is ${INDEX_LIMIT}.`);
  let index: unknown;
  try {
    index = parseStrictJson(file.bytes(0, file.size));
  } catch (error) {
    throw file.refusal(`It cannot be read as JSON (${reason(error)}).`, { cause: error });
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  const entries: [string, unknown][] = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  if (entries.length === 0) throw file.refusal('It has no weight_map from tensors to files.');
  const shards = new Map<string, string>();
  for (const [name, shard] of entries) {
    if (!isPlainName(shard)) {
      const said = shown(shard);
      throw file.refusal(`Tensor ${quoted(name)} is mapped to ${said}, which is not a file name in the folder of the index.`, {
        hint: 'Such an index is refused.',
      });
    }
    shards.set(name, shard);
  }
  return shards;
}

interface Shard {
  readonly index: ReadonlyMap<string, string>;
  readonly shard: string;
  readonly file: WeightsFile;
}

/** Throws FORMAT if a shard and the index disagree on its tensors. */
export function checkShard(tensors: readonly StoredTensor[], { index, shard, file }: Shard): void {
  const names = new Set(tensors.map(({ name }) => name));
  const lacking = [...index].find(([name, owner]) => owner === shard && !names.has(name));
  const hint = 'Download the index and its files again.';
  if (lacking !== undefined)
    throw file.refusal(`Its index maps tensor ${quoted(lacking[0])} to this file, which does not contain it.`, { hint });
  const surplus = tensors.find(({ name }) => index.get(name) !== shard);
  if (surplus !== undefined)
    throw file.refusal(`It contains tensor ${quoted(surplus.name)}, which its index does not map to it.`, { hint });
}

/** Not a path, nor a name that a system reserves or finds too long. */
function isPlainName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-][\w.-]{0,254}$/.test(value);
}
