// Made from src/report/output/tables.ts by `npm run schemas`.

/** A score of one vector of an encoder, frozen or trained: the columns of results.csv. Null: it does not apply. */
export interface ResultRow {
  /** Encoder key or name. */
  readonly encoder: string;
  /** Dataset key or name. */
  readonly dataset: string;
  /** Pooling of token vectors. */
  readonly pooling: string;
  /** `last`, the number of a layer, or the layers of a mean (`0..L`). */
  readonly layers: string | null;
  /** Dimensions kept of each vector; null: all. */
  readonly dim: number | null;
  /** Prompt before every text: its name, or literal text in quotes; for a concatenation one per encoder, if they differ. */
  readonly prompt: string | null;
  /** `leave-one-out`, `complete`, `fit-train`; `head`: by the classification head. */
  readonly protocol: string | null;
  /** Split that is scored: `train`, `dev`, `test`, `all`. */
  readonly split: string | null;
  /** Number of neighbours (k); empty for a head. */
  readonly k: number | null;
  /** Distance metric. */
  readonly metric: string | null;
  /** `uniform`, `distance`. */
  readonly votes: string | null;
  /** `exact`, `hnsw`, `hnswlib`. */
  readonly index: string | null;
  /** Number of texts scored. */
  readonly n: number;
  /** Of these, texts with all labels correct. */
  readonly correct: number | null;
  /** Score (percentage). */
  readonly accuracy: number | null;
  /** Score (percentage). */
  readonly micro_f1: number | null;
  /** Score (percentage). */
  readonly macro_f1: number | null;
  /** Label field, if a dataset has several. */
  readonly label_field: string | null;
  /** For multi-label texts: `first`, `all`. */
  readonly labels: string | null;
  /** For a concatenation: normalisation of its vectors. */
  readonly concat_norm: string | null;
  /** For a concatenation: its encoders, separated by semicolons. */
  readonly members: string | null;
  /** Revision of the encoder; for a concatenation one per encoder, if they differ. */
  readonly revision: string | null;
  /** Hash of its files, likewise. */
  readonly file_hash: string | null;
  /** Hash of its tokenizer, likewise. */
  readonly tokenizer_hash: string | null;
  /** Weight precision, likewise. */
  readonly dtype: string | null;
  /** Non-default attention settings, likewise. */
  readonly attention: string | null;
  /** Length limit in tokens; for a concatenation one per encoder, if they differ. */
  readonly max_length: number | readonly number[] | null;
  /** Truncated texts. */
  readonly texts_cut: number | null;
  /** Hash of texts and labels. */
  readonly data_hash: string | null;
  /** How the texts were sampled; null: all. */
  readonly sample: string | null;
  /** Recall of approximate neighbours: share of the exact ones found (number from 0 to 1). */
  readonly recall: number | null;
  /** Training objective; null: frozen. */
  readonly objective: string | null;
  /** Seed of the training run. */
  readonly seed: number | null;
  /** Best epoch by dev score. */
  readonly epoch: number | null;
  /** Hash of all settings of the training. */
  readonly training: string | null;
  /** 95% bootstrap interval (percentage). */
  readonly accuracy_low: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly accuracy_high: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly micro_f1_low: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly micro_f1_high: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly macro_f1_low: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly macro_f1_high: number | null;
  /** `regression`, `token-classification`; null: classification. */
  readonly task: string | null;
  /** For pairs: how the two texts are encoded, and the features of the pair. */
  readonly pair: string | null;
  /** For words: `first`, `mean` or `last` sub-token. */
  readonly word_pooling: string | null;
  /** Words beyond the length limit, or without a sub-token. */
  readonly words_without_vector: number | null;
  /** Span F1 (tagging) (percentage). */
  readonly span_f1: number | null;
  /** Micro-F1 of words without O (tagging) (percentage). */
  readonly micro_f1_no_o: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly span_f1_low: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly span_f1_high: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly micro_f1_no_o_low: number | null;
  /** 95% bootstrap interval (percentage). */
  readonly micro_f1_no_o_high: number | null;
  /** Spearman correlation (regression), ties averaged. */
  readonly spearman: number | null;
  /** Pearson correlation (regression). */
  readonly pearson: number | null;
  /** Root mean squared error, in the unit of the targets. */
  readonly rmse: number | null;
  /** Mean absolute error, in the unit of the targets. */
  readonly mae: number | null;
  /** Coefficient of determination (regression). */
  readonly r2: number | null;
  /** 95% bootstrap interval. */
  readonly spearman_low: number | null;
  /** 95% bootstrap interval. */
  readonly spearman_high: number | null;
  /** 95% bootstrap interval. */
  readonly pearson_low: number | null;
  /** 95% bootstrap interval. */
  readonly pearson_high: number | null;
  /** 95% bootstrap interval. */
  readonly rmse_low: number | null;
  /** 95% bootstrap interval. */
  readonly rmse_high: number | null;
  /** 95% bootstrap interval. */
  readonly mae_low: number | null;
  /** 95% bootstrap interval. */
  readonly mae_high: number | null;
  /** 95% bootstrap interval. */
  readonly r2_low: number | null;
  /** 95% bootstrap interval. */
  readonly r2_high: number | null;
  /** Device that the encoder ran on: `webgpu`, `cuda`, …; null: CPU. */
  readonly device: string | null;
  /** Options of an approximate index; null: exact. */
  readonly index_options: string | null;
}

/** An encoder of a ranking, by its best pooling. Null: it does not apply. */
export interface RankedRow {
  /** Dataset key or name. */
  readonly dataset: string;
  /** Place from the top; null: dropped. */
  readonly rank: number | null;
  /** Tied for first. */
  readonly tied: boolean | null;
  /** Encoder key or name. */
  readonly encoder: string;
  /** The encoder’s best, by the estimator. */
  readonly pooling: string;
  /** `last`, the number of a layer, or the layers of a mean (`0..L`). */
  readonly layers: string | null;
  /** Dimensions kept of each vector; null: all. */
  readonly dim: number | null;
  /** Prompt before every text: its name, or your text in quotes. */
  readonly prompt: string | null;
  /** What orders the encoders. */
  readonly estimator: string;
  /** Its score: percent where it gives each text a class, a correlation where a number, else its own unit. */
  readonly score: number | null;
  /** 95% interval of the score. */
  readonly low: number | null;
  /** 95% interval of the score. */
  readonly high: number | null;
  /** Of being as good as the best, Holm-corrected (number from 0 to 1). */
  readonly p: number | null;
  /** Texts. */
  readonly n: number;
  /** How the texts were sampled; null: all. */
  readonly sample: string | null;
  /** Best single layer, on a sample. */
  readonly best_layer: number | null;
  /** Its score. */
  readonly best_layer_score: number | null;
  /** Weights of the encoder. */
  readonly parameters: number;
  /** Milliseconds/text; null: vectors were stored. */
  readonly ms_a_text: number | null;
  /** Likewise. */
  readonly tokens_per_second: number | null;
  /** Megabytes that embedding took, likewise. */
  readonly memory_mb: number | null;
  /** `--budget`: why it was dropped. */
  readonly dropped: string | null;
  /** `--budget`: round in which it was dropped. */
  readonly round: number | null;
}

/** A training of a race; a candidate that was not trained has a row of its own. Null: it does not apply. */
export interface ChoiceRow {
  /** Dataset key or name. */
  readonly dataset: string;
  /** Encoder key or name. */
  readonly encoder: string;
  /** Prompt before every text: its name, or your text in quotes. */
  readonly prompt: string | null;
  /** What became of the candidate. */
  readonly standing: string;
  /** Why it was dropped: a paired test found it worse, the budget did not last, it could not be run. */
  readonly why: string | null;
  /** Round in which it was dropped; 0: the screen of the frozen encoders. */
  readonly dropped_in: number | null;
  /** The best of that round. */
  readonly worse_than: string | null;
  /** Of being as good as that, Holm-corrected (number from 0 to 1). */
  readonly p: number | null;
  /** Why it failed. */
  readonly reason: string | null;
  /** Probability that it is better than the chosen one by more than half a point (number from 0 to 1). */
  readonly chance: number | null;
  /** What screened the frozen encoders. */
  readonly estimator: string;
  /** Its score: percent where it gives each text a class or a number (F1, Spearman), else its own unit. */
  readonly frozen: number | null;
  /** Texts of train that it was scored on. */
  readonly frozen_n: number | null;
  /** Best single layer, on the first of these texts. */
  readonly best_layer: number | null;
  /** Training objective. */
  readonly objective: string;
  /** Of the training. */
  readonly round: number | null;
  /** Texts of train that it was trained on. */
  readonly train: number | null;
  /** Of the training. */
  readonly seed: number | null;
  /** F1 on dev; of numbers Spearman’s correlation times 100. */
  readonly dev: number | null;
  /** Texts of dev. */
  readonly dev_n: number;
  /** What the training took. */
  readonly cost: number | null;
  /** What costs count. */
  readonly unit: string;
  /** The same on test: of the chosen one’s training that was taken. */
  readonly test: number | null;
  /** 95% bootstrap interval. */
  readonly test_low: number | null;
  /** 95% bootstrap interval. */
  readonly test_high: number | null;
  /** Texts of test. */
  readonly test_n: number | null;
}
