import { HarnessError } from '../../errors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from '../../tensors/stored-tensor.ts';

/** Wrappers that do not change what a module computes, but appear in its name: torch.compile, FSDP, activation checkpointing. */
const WRAPPERS: ReadonlySet<string> = new Set(['_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module']);

/** Prefixes of other families of text encoders: such weights may match in shape, but mean something else. */
const FAMILY_WORDS: ReadonlySet<string> = new Set([
  'albert',
  'bert',
  'biogpt',
  'bros',
  'camembert',
  'canine',
  'convbert',
  'data2vec_text',
  'deberta',
  'distilbert',
  'electra',
  'ernie',
  'esm',
  'flaubert',
  'fnet',
  'funnel',
  'gte',
  'ibert',
  'layoutlm',
  'layoutlmv2',
  'layoutlmv3',
  'led',
  'lilt',
  'longformer',
  'luke',
  'lxmert',
  'markuplm',
  'mobilebert',
  'mpnet',
  'mra',
  'nomic_bert',
  'nystromformer',
  'reformer',
  'rembert',
  'roberta',
  'roberta_prelayernorm',
  'roc_bert',
  'roformer',
  'squeezebert',
  'tapas',
  'visual_bert',
  'vit',
  'xlm_roberta',
  'xlnet',
  'yoso',
]);

/** A state saved from a model with unmerged adapters around its modules. */
const UNMERGED =
  /\.(?:lora_[A-Za-z_]+|base_layer|modules_to_save|original_module|adapters?|adapter_(?:down|up)|prefix_tunings?|ia3_l|hada_w1_a|lokr_w1|oft_r|vera_lambda_b|parametrizations)(?:\.|$)/;

/** A name without wrappers: `module._orig_mod.encoder.x` is `module.encoder.x`. */
export function unwrapped(name: string): string {
  return name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');
}

/** The tensors of a checkpoint by their names without wrappers. Throws FORMAT if two would have the same name. */
export function unwrappedTensors({ tensors }: Pick<Checkpoint, 'tensors'>, folder: string): Map<string, StoredTensor> {
  const plain = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (UNMERGED.test(name)) {
      throw new HarnessError('FORMAT', {
        where: folder,
        what: `Its weights hold an adapter that is not merged in ("${name}").`,
        hint: 'Merge it (peft: merge_and_unload) and save the whole encoder, or save the adapter separately.',
      });
    }
    const short = unwrapped(name);
    const other = plain.get(short);
    if (other !== undefined && !samePlace(other, tensor)) {
      throw new HarnessError('FORMAT', {
        where: folder,
        what: `Its weights "${other.name}" and "${name}" have the same name once wrapper prefixes are removed.`,
        hint: 'Save only the state dict of the encoder.',
      });
    }
    plain.set(short, tensor);
  }
  return plain;
}

export interface PrefixParams {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Prefix of every name in the family's checkpoints: `bert.`. For messages. */
  readonly prefixes: readonly string[];
  /** A name that every checkpoint of the family has, without the prefix. */
  readonly landmark: string;
  readonly folder: string;
}

/**
 * Prefix of all names of the encoder, '' or ending in a dot: the family's own (`bert.`), one added by training code (`module.`,
 * `0.auto_model.`, `model.`), or several of them. Throws FORMAT if there is no encoder of the family, or more than one.
 */
export function prefixOf({ tensors, prefixes, landmark, folder }: PrefixParams): string {
  const own = new Set(prefixes.flatMap((each) => each.split('.')));
  const found = [...tensors.keys()]
    .filter((name) => name === landmark || name.endsWith(`.${landmark}`))
    .map((name) => name.slice(0, -landmark.length))
    .filter((prefix) => !prefix.split('.').some((word) => FAMILY_WORDS.has(word) && !own.has(word)));
  const [prefix, ...others] = found;
  if (prefix === undefined) {
    const some = [...tensors.keys()].slice(0, 3).join(', ');
    throw new HarnessError('FORMAT', {
      where: folder,
      what:
        'Its weights have no ' +
        `"${landmark}"${prefixes.length === 0 ? '' : `, with or without ${prefixes.map((each) => `"${each}"`).join(' or ')} before it`}; ` +
        `they begin ${some}.`,
      hint: 'Check that config.json and the weights belong together.',
    });
  }
  const other = others.find((each) => !sameTensors(tensors, prefix, each));
  if (other === undefined) return prefix;
  throw new HarnessError('FORMAT', {
    where: folder,
    what: `Its weights hold ${found.length} encoders, under ${found
      .slice(0, 4)
      .map((each) => `"${each}"`)
      .join(' and ')}, and it is ambiguous which one is meant.`,
    hint: 'Save only the state dict of that encoder.',
  });
}

/** Whether two prefixes refer to the same tensors, in a file that contains one encoder twice. */
function sameTensors(tensors: ReadonlyMap<string, StoredTensor>, first: string, second: string): boolean {
  // '' includes everything, also the other one.
  if (first === '' || second === '') return false;
  const below = (prefix: string): string[] => [...tensors.keys()].filter((name) => name.startsWith(prefix));
  const names = below(first);
  return (
    names.length === below(second).length &&
    names.every((name) => {
      const twin = tensors.get(second + name.slice(first.length));
      return twin !== undefined && samePlace(tensors.get(name)!, twin);
    })
  );
}

function samePlace(a: StoredTensor, b: StoredTensor): boolean {
  return (
    a.file === b.file &&
    a.offset === b.offset &&
    a.dtype === b.dtype &&
    String(a.shape) === String(b.shape) &&
    String(a.strides) === String(b.strides)
  );
}

/** Names of a layer norm's weight and bias in checkpoints converted from TensorFlow. */
export function oldName(name: string): string {
  return name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');
}
