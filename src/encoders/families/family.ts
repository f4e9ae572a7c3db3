import type { Value } from '../../graph/builder.ts';
import type { Config } from './config.ts';
import type { DropoutKind, TextGraph } from './text-graph.ts';

/** A family as listed. */
export interface FamilyTitle {
  /** Its common name. */
  readonly title: string;
  /** Its names in config.json: `model_type`. */
  readonly types: readonly string[];
  /** If a `model_type` is shared with another family: whether config.json means this one. This family is checked first. */
  readonly means?: (config: Config) => boolean;
  /** Well-known encoders of it. */
  readonly of: readonly string[];
  /** Unsupported uses of its checkpoints; all can be opened. */
  readonly cannot?: readonly ('train' | 'export')[];
}

/** A family of encoders: how config.json and weights become a graph. One file each, registered in `families.ts`. */
export interface Family extends FamilyTitle {
  /** Prefixes of the encoder's weights in its checkpoints, in addition to none: `bert.`. */
  readonly prefixes: readonly string[];
  /** A weight that every checkpoint of it has, without the prefix. */
  readonly landmark: string;
  /** Maximum length in tokens, special tokens included; undefined if positions are unlimited. */
  positions(config: Config): number | undefined;
  /** Rotary positions instead of a table: if the user requests it, longer texts run, too. */
  readonly endless?: true;
  /** For decoders: whether attention is causal, unless config.json says otherwise, so that `is_decoder` is redundant. */
  causal?(config: Config): boolean;
  /** Fields of config.json for dropout probabilities; the first one present counts. Default: BERT's. */
  readonly dropout?: Readonly<Record<DropoutKind, readonly string[]>>;
  /** It has a norm after the last layer that no config.json can omit for a truncation after another layer. */
  readonly lastNorm?: true;
  /** Its encoders have task adapters and can be used without them, too. */
  readonly tasks?: true;
  /**
   * Row of the token table that is not trained (torch's `padding_idx`), undefined if all are. Default: `pad_token_id`, and without that
   * field the tokenizer's padding token.
   */
  paddingRow?(config: Config): number | undefined;
  /** Human-readable note on how config.json was interpreted, a sentence. */
  notes?(config: Config): string | undefined;
  /**
   * Adds the encoder to the graph, starting from `graph.ids`. Returns its hidden states as rows [batch * tokens, width]: the embedding
   * output, then each layer's output, as `output_hidden_states` of the transformers library. `sequences`: they are already [batch, tokens,
   * width], if the graph is not packed.
   */
  build(
    graph: TextGraph,
    config: Config,
    options: FamilyOptions,
  ): { readonly states: readonly Value[]; readonly width: number; readonly sequences?: true };
  /** Texts with more tokens use another attention pattern; undefined if there is only one. */
  longAbove?(config: Config): number | undefined;
  /** For families with an option: value of the column `attention`. */
  attention?(options: FamilyOptions, config: Config): string;
}

export const GLOBAL_ATTENTIONS = ['none', 'first'] as const;
export const RANDOM_BLOCKS = ['zero', 'published'] as const;

/** Options of some families. */
export interface FamilyOptions {
  /** Longformer: whether the first token attends to, and is attended to by, all. The reference only does so if requested. */
  readonly globalAttention: (typeof GLOBAL_ATTENTIONS)[number];
  /**
   * BigBird: the random blocks. Outside training the reference uses the first block for all of them, block zero; in training, as published,
   * it draws them.
   */
  readonly randomBlocks: (typeof RANDOM_BLOCKS)[number];
  /**
   * Checkpoints with task adapters (jina-embeddings-v3): the task to merge in. Without one, as in the published code, the weights are the
   * shared ones.
   */
  readonly task: string;
}

/** Of `task`: the shared weights. */
export const NO_TASK = 'none';

export const DEFAULT_OPTIONS: FamilyOptions = { globalAttention: 'none', randomBlocks: 'zero', task: NO_TASK };
