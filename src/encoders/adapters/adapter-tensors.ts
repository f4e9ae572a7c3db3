import { HarnessError } from '../../errors.ts';
import { readStoredTensors } from '../../tensors/read-safetensors.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';
import { readTorch } from '../checkpoint/torch.ts';
import { WeightsFile } from '../../tensors/weights-file.ts';
import { unwrapped } from '../families/encoder-names.ts';
import { own } from '../../own.ts';

/** Tensors of an adapter for one module. */
export interface ModuleParts {
  readonly a?: StoredTensor;
  readonly b?: StoredTensor;
  /** Bias of the second matrix: `lora_bias`. */
  readonly bias?: StoredTensor;
  /** The same for an embedding table. */
  readonly tableA?: StoredTensor;
  readonly tableB?: StoredTensor;
  /** DoRA: length of each row. */
  readonly magnitude?: StoredTensor;
  /** Rows of a table that were trained. */
  readonly rows?: StoredTensor;
}

export interface AdapterTensors {
  /** By the module's name in the adapter. */
  readonly modules: ReadonlyMap<string, ModuleParts>;
  /** Weights that replace those of the base, by full name: biases, whole modules. */
  readonly whole: ReadonlyMap<string, StoredTensor>;
}

const PARTS: Readonly<Record<string, keyof ModuleParts>> = {
  'lora_A.weight': 'a',
  'lora_B.weight': 'b',
  'lora_B.bias': 'bias',
  lora_embedding_A: 'tableA',
  lora_embedding_B: 'tableB',
  lora_magnitude_vector: 'magnitude',
  'lora_magnitude_vector.weight': 'magnitude',
  'token_adapter.trainable_tokens_delta': 'rows',
  trainable_tokens_delta: 'rows',
};
/** MODULE.PART[.ADAPTER][.weight]: the adapter's name is included if a whole model's state was saved. */
const PART = /^(.+?)\.((?:token_adapter\.)?trainable_tokens_delta|lora_[A-Za-z_]+)(?:\.(?!weight$|bias$)\w+)?(\.weight|\.bias)?$/;
const FLOATS: ReadonlySet<string> = new Set(['f64', 'f32', 'f16', 'bf16']);

/** Reads the headers of an adapter's weights. Throws FORMAT if a file is broken, or has an unknown or duplicate part. */
export function readAdapterTensors(file: string): AdapterTensors & { readonly file: string } {
  const { tensors, real } = WeightsFile.use(file, (open) => ({
    tensors: file.endsWith('.bin') ? readTorch(open) : readStoredTensors(open),
    real: open.real,
  }));
  const modules = new Map<string, Record<string, StoredTensor>>();
  const whole = new Map<string, StoredTensor>();
  const wrong = (what: string) =>
    new HarnessError('FORMAT', { where: file, what, hint: 'Merge the adapter with peft (merge_and_unload) and save the whole encoder.' });
  for (const tensor of tensors) {
    // Names of modules are then those of the base, which the patterns in the configuration refer to.
    const name = unwrapped(tensor.name).replace(/^base_model\.model\./, '');
    if (!FLOATS.has(tensor.dtype)) throw wrong(`"${name}" has type ${tensor.dtype}; weights must be floating point.`);
    const [, module, part, rest = ''] = PART.exec(name) ?? [];
    if (module === undefined) {
      // The original of a fully trained module is not part of the result.
      if (/\.original_module\./.test(name)) continue;
      const plain = name.replace(/\.modules_to_save(?:\.\w+(?=\.\w+$))?/, '').replace(/(?:\.token_adapter)?\.base_layer(?=\.\w+$)/, '');
      if (whole.has(plain)) throw wrong(`It has two tensors "${plain}".`);
      whole.set(plain, tensor);
      continue;
    }
    const key = own(PARTS, `${part!}${rest}`);
    if (key === undefined) throw wrong(`It has a tensor "${name}", which cannot be merged.`);
    const parts = modules.get(module) ?? {};
    if (parts[key] !== undefined) throw wrong(`It has two tensors "${module}.${part!}": several adapters in one file.`);
    parts[key] = tensor;
    modules.set(module, parts);
  }
  return { modules, whole, file: real };
}
