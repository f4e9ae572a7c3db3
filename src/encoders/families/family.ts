import type { Value } from '../../graph/builder.ts';
import type { Config } from './config.ts';
import type { DropoutKind, TextGraph } from './text-graph.ts';

/** What lists of families say of one. */
export interface FamilyTitle {
  /** What people call it. */
  readonly title: string;
  /** What config.json calls it: `model_type`. */
  readonly types: readonly string[];
  /** Where a `model_type` is shared with another family: whether config.json means this one. That family asks before the other. */
  readonly means?: (config: Config) => boolean;
  /** Encoders that people know of it. */
  readonly of: readonly string[];
  /** What cannot be done with its checkpoints, which all can be opened. */
  readonly cannot?: readonly ('train' | 'export')[];
}

/** A family of encoders: how config.json and weights become a graph. One file each, named in `families.ts`. */
export interface Family extends FamilyTitle {
  /** Under which its checkpoints keep the encoder's weights, besides nothing: `bert.`. */
  readonly prefixes: readonly string[];
  /** A weight that every checkpoint of it has, without the prefix. */
  readonly landmark: string;
  /** Longest text in tokens, special tokens included; undefined where positions know no end. */
  positions(config: Config): number | undefined;
  /** Positions are turned and not looked up: where a user says so, longer texts run, too. */
  readonly endless?: true;
  /** Of decoders: whether tokens see those before them alone, unless config.json says otherwise, so that `is_decoder` says nothing new. */
  causal?(config: Config): boolean;
  /** Words of config.json for the shares of entries that training drops, the first that is there counts; BERT's where left out. */
  readonly dropout?: Readonly<Record<DropoutKind, readonly string[]>>;
  /** A norm stands behind the last layer that belongs to it: no config.json says that a cut after another layer has none. */
  readonly lastNorm?: true;
  /** Its encoders have adapters for tasks and are used without them, too. */
  readonly tasks?: true;
  /**
   * Row of the token table that training leaves alone (torch's `padding_idx`), undefined where it trains all; where left out,
   * `pad_token_id` says it, and without that word the tokenizer's padding token.
   */
  paddingRow?(config: Config): number | undefined;
  /** What a person should know of what was made of config.json, a sentence. */
  notes?(config: Config): string | undefined;
  /**
   * Adds the encoder to the graph, from `graph.ids` on. Returns its hidden states as rows [batch * tokens, width]: the
   * embedding output, then each layer's output, as `output_hidden_states` of the transformers library gives them. `sequences`: they are
   * [batch, tokens, width] as they are, where the graph is not packed.
   */
  build(
    graph: TextGraph,
    config: Config,
    options: FamilyOptions,
  ): { readonly states: readonly Value[]; readonly width: number; readonly sequences?: true };
  /** Texts of more tokens are attended to in another way; undefined where all are alike. */
  longAbove?(config: Config): number | undefined;
  /** For families with a choice: what the column `attention` says. */
  attention?(options: FamilyOptions, config: Config): string;
}

export const GLOBAL_ATTENTIONS = ['none', 'first'] as const;
export const RANDOM_BLOCKS = ['zero', 'published'] as const;

/** Choices that some families leave to the user. */
export interface FamilyOptions {
  /** Longformer: whether the first token sees, and is seen by, all. The reference does so only when asked. */
  readonly globalAttention: (typeof GLOBAL_ATTENTIONS)[number];
  /**
   * BigBird: which blocks the random ones are. Outside training the reference has all be the first, block zero; in training, as published,
   * it draws them.
   */
  readonly randomBlocks: (typeof RANDOM_BLOCKS)[number];
  /**
   * Checkpoints with an adapter for each of several tasks (jina-embeddings-v3): whose is merged in. Without one, as in the published code,
   * the weights are those that all tasks share.
   */
  readonly task: string;
}

/** Of `task`: the weights that all tasks share. */
export const NO_TASK = 'none';

export const DEFAULT_OPTIONS: FamilyOptions = { globalAttention: 'none', randomBlocks: 'zero', task: NO_TASK };
