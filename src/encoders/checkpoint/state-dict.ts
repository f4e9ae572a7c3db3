import { quoted } from '../../tensors/refusal.ts';
import { PickleDict, shown, type PickleValue } from './pickle-values.ts';
import { TorchTensor } from './torch-values.ts';
import type { WeightsFile } from '../../tensors/weights-file.ts';

/** Keys under which training scripts store a model's weights among other things. */
const USUAL_KEYS: ReadonlySet<PickleValue> = new Set(['state_dict', 'model_state_dict', 'model']);

/**
 * The weights by name: the tensors of a dict under a common key, else those of the dict itself, else those of the only dict in it that has
 * some. Throws FORMAT if there are none, several such dicts, or duplicate names.
 */
export function findStateDict(value: PickleValue, file: WeightsFile): Map<string, TorchTensor> {
  if (value instanceof PickleDict) {
    const inner = innerDicts(value);
    const usual = inner.filter(([key]) => USUAL_KEYS.has(key));
    const candidates = usual.length > 0 ? usual : hasTensor(value) ? [[null, value] as const] : inner;
    if (candidates.length > 1) {
      const keys = candidates.slice(0, 4).map(([key]) => shown(key));
      throw file.refusal(`It holds tensors under ${keys.join(' and ')}.`, { hint: 'Save only the state dict of the encoder.' });
    }
    if (candidates.length === 1) return namedTensors(candidates[0]![1], file);
  }
  throw file.refusal('It holds no tensors by name.', { hint: 'It must be the weights of an encoder, saved as a state dict.' });
}

/** The dicts in a dict that have tensors. Each is visited once: a file could name one long dict a million times. */
function innerDicts(dict: PickleDict): (readonly [PickleValue, PickleDict])[] {
  const seen = new Set<PickleDict>();
  const found: (readonly [PickleValue, PickleDict])[] = [];
  for (const [key, value] of pairs(dict)) {
    if (!(value instanceof PickleDict) || seen.has(value)) continue;
    seen.add(value);
    if (hasTensor(value)) found.push([key, value]);
  }
  return found;
}

function hasTensor(dict: PickleDict): boolean {
  return dict.items.some((value, i) => i % 2 === 1 && value instanceof TorchTensor);
}

function namedTensors(dict: PickleDict, file: WeightsFile): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [key, value] of pairs(dict)) {
    if (typeof key !== 'string' || !(value instanceof TorchTensor)) continue;
    if (tensors.has(key)) throw file.refusal(`It has two tensors ${quoted(key)}.`);
    tensors.set(key, value);
  }
  return tensors;
}

function* pairs({ items }: PickleDict): Generator<[PickleValue, PickleValue]> {
  for (let i = 0; i < items.length; i += 2) yield [items[i]!, items[i + 1]!];
}
