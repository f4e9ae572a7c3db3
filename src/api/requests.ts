// Made from src/experiment/request.ts by `npm run schemas`.

/** Requests as programs write them. Every field may be left out; what stands for it is its default. */

/** Which encoders, and how they are opened. */
export interface EncoderOptions {
  /** Encoders: registry keys (KEY@N: its first N layers), hf:org/name[@revision], ./FOLDER or NAME=./FOLDER. */
  readonly encoders?: readonly string[] | undefined;
  /** Use the first N layers of every encoder that is not a registry key (for those: KEY@N). */
  readonly firstLayers?: number | undefined;
  /** Weight precision; if omitted, the first available. */
  readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'q4' | undefined;
  /** Longformer checkpoints: global attention of no token (none, as in the reference) or of the first. Default: "none". */
  readonly globalAttention?: 'none' | 'first' | undefined;
  /** BigBird checkpoints: random attention blocks as in evaluation (zero) or as in training (published). Default: "zero". */
  readonly randomBlocks?: 'zero' | 'published' | undefined;
  /**
   * Checkpoints with an adapter per task (jina-embeddings-v3): the task whose adapter is merged in; none: the shared weights. Default:
   * "none".
   */
  readonly adapterTask?: string | undefined;
  /**
   * Length limit in tokens, special ones included; if omitted, that of the encoder's files (512 where all they say is that more than
   * 8192 are possible, and where they say nothing).
   */
  readonly maxLength?: number | undefined;
  /**
   * What is put before every text: the NAME of one of the encoder’s prompts, a text (anything with a blank or a colon; text:… for
   * others), or none. Several: a result each. Default: the one that the encoder's folder names as its default.
   */
  readonly prompts?: readonly string[] | undefined;
}

/** How the files of your datasets are read. */
export interface TableOptions {
  /** Text column of your file; of tagged words in columns (CoNLL) the number of the words' column, from 1. */
  readonly textColumn?: string | undefined;
  /** Column of the second text of each row: rows are pairs of texts. */
  readonly textPairColumn?: string | undefined;
  /**
   * Label column of your file; of tagged words in columns the tags': a number from 1 (CoNLL; default: the last), or a name (CoNLL-U;
   * default: upos).
   */
  readonly labelColumn?: string | undefined;
  /** Column of your file with train, dev or test. */
  readonly splitColumn?: string | undefined;
  /** Separator between several labels of a text in your file. */
  readonly labelSeparator?: string | undefined;
  /** Delimiter of your .csv or .tsv (as a flag also tab, comma, pipe, …); detected if omitted. */
  readonly delimiter?: string | undefined;
  /** Encoding of your text file; if omitted, UTF-8 or what its first bytes say. */
  readonly encoding?: 'utf8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252' | 'windows-1250' | 'windows-1251' |
    'windows-1253' | 'windows-1254' | 'windows-1257' | 'iso-8859-2' | 'iso-8859-5' | 'iso-8859-7' | 'iso-8859-15' | 'koi8-r' |
    'koi8-u' | 'macintosh' | 'gb18030' | 'big5' | 'shift_jis' | 'euc-jp' | 'euc-kr' | undefined;
  /** Skip rows of your file that cannot be used, and report how many. Default: false. */
  readonly skipInvalid?: boolean | undefined;
}

/** Which datasets, and how their rows are read and chosen. */
export interface DatasetOptions extends TableOptions {
  /**
   * Datasets: registry keys, ./FILE.csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu, ./FOLDER of split files,
   * hf:org/name[:CONFIG][@revision].
   */
  readonly datasets?: readonly string[] | undefined;
  /** Label field, for datasets with several (political bias: bias, publisher). */
  readonly labelField?: string | undefined;
  /**
   * What labels are: classes (classification), numbers to be predicted (regression), or tags of words (token-classification); if
   * omitted, what the registry or the file says, else classification.
   */
  readonly task?: 'classification' | 'regression' | 'token-classification' | undefined;
  /** For texts with several labels: first (only the first counts) or all. Default: "first". */
  readonly labels?: 'first' | 'all' | undefined;
  /**
   * Sample (class-stratified, of numbers random) of this many texts per dataset, or per split: train=1000,dev=0 (in a request an
   * object).
   */
  readonly limit?: number | { readonly train?: number | undefined; readonly dev?: number | undefined; readonly test?: number |
    undefined; } | undefined;
  /**
   * Drop texts that equal an earlier one, once trimmed, with the same labels. Done before anything is sampled or split; if splits are
   * given, the copy in train is dropped. Default: false.
   */
  readonly deduplicate?: boolean | undefined;
}

/** Which registries the names are of. */
export interface RegistryOptions {
  /** Your registry of encoders, in place of models.json. */
  readonly modelsFile?: string | undefined;
  /** Your registry of datasets, in place of datasets.json. */
  readonly datasetsFile?: string | undefined;
}

/** How encoders are trained. */
export interface TrainingOptions {
  /** Training objectives (losses). Default: cea-all-negatives; of numbers regression; of tags classic. */
  readonly objective?: readonly ('classic' | 'cea' | 'cea-all-negatives' | 'cea-memory' | 'cea-memory-all-negatives' |
    'cea-mixed-memory' | 'cea-datapoint-memory' | 'cea-datapoint-memory-all-negatives' | 'cea-inverse' | 'cea-flipped' |
    'cea-multitask' | 'supcon' | 'prototypes' | 'triplet' | 'regression' | 'cosine')[] | undefined;
  /** Passes over the training set; the best epoch by dev score is used. Default: 10. */
  readonly epochs?: number | undefined;
  /** Peak learning rate. Default: 0.00005. */
  readonly lr?: number | undefined;
  /** Batch size, in texts, or sentences of tagged words. Default: 32. */
  readonly batchSize?: number | undefined;
  /** Batches with several texts of each of their classes, for objectives that compare texts of a batch. Default: false. */
  readonly balanced?: boolean | undefined;
  /** Gradient accumulation: batches per step. Default: 1. */
  readonly accumulate?: number | undefined;
  /** Learning-rate schedule. Default: "linear". */
  readonly schedule?: 'linear' | 'constant' | undefined;
  /** Warm-up ratio. Default: 0.1. */
  readonly warmup?: number | undefined;
  /** Gradient clipping: largest global norm. Default: 5. */
  readonly clip?: number | undefined;
  /** Weight decay (AdamW). Default: 0.01. */
  readonly weightDecay?: number | undefined;
  /** Which weights decay: all, as torch does by default, or matrices (neither biases nor norms). Default: "all". */
  readonly decay?: 'all' | 'matrices' | undefined;
  /** Dropout probability. Default: the checkpoint's. */
  readonly dropout?: number | undefined;
  /** Frozen parameters: embeddings, and layers by number (as a flag also ranges: embeddings,0-3). */
  readonly freeze?: readonly ('embeddings' | number)[] | undefined;
  /** Update embedding tables as a whole, as torch does, not only the rows that a batch looks up. Default: false. */
  readonly denseEmbeddings?: boolean | undefined;
  /**
   * F1 on dev that selects the best epoch (micro: of tags that of spans, where they are such); of numbers Spearman does. Default:
   * "micro".
   */
  readonly bestEpochBy?: 'micro' | 'macro' | undefined;
  /** Most tokens per pass; a larger batch is run in parts (gradient caching). Default: 16384. */
  readonly chunkTokens?: number | undefined;
  /** Device to train on. Default: "cpu". */
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | undefined;
  /** Fraction of the training set held out for dev, if a dataset has none. Default: 0.1. */
  readonly devShare?: number | undefined;
  /** Fraction of the training set held out for test, if a dataset has none. Default: 0.1. */
  readonly testShare?: number | undefined;
  /** supcon: temperature. Default: 0.1. */
  readonly temperature?: number | undefined;
  /** prototypes: factor of the cosines. Default: 20. */
  readonly scale?: number | undefined;
  /** triplet: margin. Default: 5. */
  readonly margin?: number | undefined;
  /** cea-multitask: weight of the first label field. Default: 1. */
  readonly weight?: number | undefined;
  /** cea-multitask: weight of the second label field, flipped. Default: 1. */
  readonly secondWeight?: number | undefined;
  /** cea-multitask: the second label field. Default: the dataset's other one. */
  readonly secondLabelField?: string | undefined;
  /** classic: a text may have several classes (with all of its labels). Default: false. */
  readonly multiLabel?: boolean | undefined;
  /** Epochs whose vectors of all texts are kept in the results folder, for maps: 0,1,5,10. */
  readonly vectorsAt?: readonly number[] | undefined;
}

/** What `run` is asked for. */
export interface RunOptions extends EncoderOptions, DatasetOptions, RegistryOptions {
  /**
   * A named set of encoders and datasets: quick, seed, political-bias, all, popular-small, popular-base, multilingual, embedders, or
   * one of your suites. Default: quick.
   */
  readonly suite?: string | undefined;
  /** Your suites, in place of suites.json. */
  readonly suitesFile?: string | undefined;
  /** Random seed; several if encoders are trained: one training run each. Default: [1]. */
  readonly seed?: readonly number[] | undefined;
  /** Poolings; all (cls, mean, cls-layermean, layermean); concat (all encoders concatenated). Default: all, or the suite's. */
  readonly pooling?: readonly ('cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' |
    'cls-last4' | 'mean-last4' | 'as-published' | 'all' | 'concat')[] | undefined;
  /** Layers of the single-layer poolings, one row each: last, all, or layer numbers (0: embeddings). Default: "last". */
  readonly layers?: 'last' | 'all' | readonly number[] | undefined;
  /** Layers that are averaged by the layer means. Default: ["0..L"]. */
  readonly layerMean?: readonly ('0..L' | '1..L')[] | undefined;
  /** Keep so many of the first numbers of each vector (Matryoshka), a result each: 64,128,256; full: all of them, as if omitted. */
  readonly dim?: readonly (number | 'full')[] | undefined;
  /** Normalisation of vectors before they are concatenated. Default: ["raw"]. */
  readonly concatNorm?: readonly ('raw' | 'l2' | 'zscore')[] | undefined;
  /** Of pairs: each text by itself (separate) or both as one input (joint). Several: a result each. Default: separate. */
  readonly pair?: readonly ('separate' | 'joint')[] | undefined;
  /** Of tagged words: how the sub-tokens of a word become its vector: first, mean, last. Several: a result each. Default: first. */
  readonly wordPooling?: readonly ('first' | 'mean' | 'last')[] | undefined;
  /**
   * Of tagged words: so many of each tag are looked at by neighbours and estimators, drawn with the seed; said where there are more.
   * Default: 20000.
   */
  readonly wordsPerClass?: number | undefined;
  /** Evaluation protocols. Default: leave-one-out,complete; of tagged words leave-one-sentence-out and fit-train; or the suite's. */
  readonly protocol?: readonly ('complete' | 'leave-one-out' | 'leave-one-sentence-out' | 'fit-train')[] | undefined;
  /** Neighbours that vote; several values share one search. Default: [5]. */
  readonly k?: readonly number[] | undefined;
  /** Distance between vectors. Default: ["euclidean"]. */
  readonly metric?: readonly ('euclidean' | 'cosine')[] | undefined;
  /** Uniform votes, or weighted by distance. Default: ["uniform"]. */
  readonly votes?: readonly ('uniform' | 'distance')[] | undefined;
  /** Nearest-neighbour search; hnsw (usearch) and hnswlib are approximate, and their recall is in the row. Default: "auto". */
  readonly index?: 'auto' | 'exact' | 'hnsw' | 'hnswlib' | undefined;
  /** HNSW: links per node (M). Default: 32. */
  readonly hnswM?: number | undefined;
  /** HNSW: candidates while the index is built (efConstruction). Default: 200. */
  readonly hnswEfConstruction?: number | undefined;
  /** HNSW: candidates per query (ef). Default: 100. */
  readonly hnswEf?: number | undefined;
  /**
   * HNSW (usearch): recall that is sought; where a sample of queries has less, ef is doubled, twice at most. 0: whatever it comes to.
   * Default: 0.98.
   */
  readonly hnswRecall?: number | undefined;
  /**
   * Also train every encoder on every dataset, with the first pooling given (if none is: cls, the mean of static encoders, the last
   * token of causal ones).
   */
  readonly finetune?: TrainingOptions | undefined;
}

/** What `rank` is asked for. */
export interface RankOptions extends EncoderOptions, DatasetOptions, RegistryOptions {
  /** A named set: its encoders and datasets, unless they are named. */
  readonly suite?: string | undefined;
  /** Your suites, in place of suites.json. */
  readonly suitesFile?: string | undefined;
  /** Random seed. Default: 1. */
  readonly seed?: number | undefined;
  /** Estimators; all: those that mean something of the labels (leep only with a source field). Default: ["all"]. */
  readonly estimator?: readonly ('knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'leep' |
    'ridge' | 'cosine' | 'all')[] | undefined;
  /** leep: the second label field (of your file: column), whose classes are the source. */
  readonly sourceField?: string | undefined;
  /**
   * Time limit, as 90s, 2m, 1h (in a request: seconds). Encoders are dropped early on small samples, and the remaining ones ranked on
   * as many texts as it allows. No layer curves.
   */
  readonly budget?: number | undefined;
  /** The estimator that orders the encoders; if omitted, the first. */
  readonly by?: 'knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'leep' | 'ridge' |
    'cosine' | undefined;
  /** How token vectors are pooled. Default: ["mean","layermean"]. */
  readonly pooling?: readonly ('cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' |
    'cls-last4' | 'mean-last4' | 'as-published')[] | undefined;
  /** Layers that are averaged by the layer means. Default: "0..L". */
  readonly layerMean?: '0..L' | '1..L' | undefined;
  /** Keep so many of the first numbers of each vector (Matryoshka), an estimate each: 64,128,256; full: all of them, as if omitted. */
  readonly dim?: readonly (number | 'full')[] | undefined;
  /** Compare the layers, on a sample of 1000 texts; false skips it. Default: true. */
  readonly curves?: boolean | undefined;
  /** Of pairs: each text by itself (separate) or both as one input (joint). Several: a result each. Default: separate. */
  readonly pair?: readonly ('separate' | 'joint')[] | undefined;
  /** Of tagged words: how the sub-tokens of a word become its vector: first, mean, last. Several: a result each. Default: first. */
  readonly wordPooling?: readonly ('first' | 'mean' | 'last')[] | undefined;
  /**
   * Of tagged words: so many of each tag are looked at by neighbours and estimators, drawn with the seed; said where there are more.
   * Default: 20000.
   */
  readonly wordsPerClass?: number | undefined;
  /** Neighbours that vote. Default: 5. */
  readonly k?: number | undefined;
}

/** What `finetune` is asked for. */
export interface FinetuneOptions extends EncoderOptions, DatasetOptions, RegistryOptions, TrainingOptions {
  /** Random seed; several: one run each. Default: [1]. */
  readonly seed?: readonly number[] | undefined;
  /**
   * Pooling that is trained and predicted with. Default: cls, mean of static encoders, last of causal ones; of tags the first
   * sub-token.
   */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Neighbours that vote. Default: 5. */
  readonly k?: number | undefined;
  /** Distance between vectors. Default: "euclidean". */
  readonly metric?: 'euclidean' | 'cosine' | undefined;
  /** Uniform votes, or weighted by distance. Default: "uniform". */
  readonly votes?: 'uniform' | 'distance' | undefined;
}

/** What `choose` is asked for. */
export interface ChooseOptions extends EncoderOptions, DatasetOptions, RegistryOptions {
  /** A named set: its encoders where none is named, its datasets likewise. */
  readonly suite?: string | undefined;
  /** Your suites, in place of suites.json. */
  readonly suitesFile?: string | undefined;
  /**
   * Random seeds. The race trains with the first; with the others those still tied on all of train, and the winner, as the budget
   * allows. Default: [1,2,3].
   */
  readonly seed?: readonly number[] | undefined;
  /** Time limit, as 90s, 30m, 2h (in a request: seconds), shared by the datasets. Default: 1800 (30m). */
  readonly budget?: number | undefined;
  /**
   * In its place the number of passes of texts: 1 for a text that is embedded, 3 for one that is trained. The same choice on every
   * machine.
   */
  readonly budgetTexts?: number | undefined;
  /** The estimator that screens the frozen encoders. Default: "knn". */
  readonly by?: 'knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'ridge' | 'cosine' |
    undefined;
  /**
   * Pooling that is trained and predicted with. Default: cls, mean of static encoders, last of causal ones; of tags the first
   * sub-token.
   */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Training objective (loss). Default: cea-all-negatives; of numbers regression; of tags classic. */
  readonly objective?: 'classic' | 'cea' | 'cea-all-negatives' | 'cea-memory' | 'cea-memory-all-negatives' | 'cea-mixed-memory' |
    'cea-datapoint-memory' | 'cea-datapoint-memory-all-negatives' | 'cea-inverse' | 'cea-flipped' | 'cea-multitask' | 'supcon' |
    'prototypes' | 'triplet' | 'regression' | 'cosine' | undefined;
  /** Passes over the training set; the best epoch by dev score is used. Default: 10. */
  readonly epochs?: number | undefined;
  /** Peak learning rate. Default: 0.00005. */
  readonly lr?: number | undefined;
  /** Batch size, in texts, or sentences of tagged words. Default: 32. */
  readonly batchSize?: number | undefined;
  /** Batches with several texts of each of their classes, for objectives that compare texts of a batch. Default: false. */
  readonly balanced?: boolean | undefined;
  /** Gradient accumulation: batches per step. Default: 1. */
  readonly accumulate?: number | undefined;
  /** Learning-rate schedule. Default: "linear". */
  readonly schedule?: 'linear' | 'constant' | undefined;
  /** Warm-up ratio. Default: 0.1. */
  readonly warmup?: number | undefined;
  /** Gradient clipping: largest global norm. Default: 5. */
  readonly clip?: number | undefined;
  /** Weight decay (AdamW). Default: 0.01. */
  readonly weightDecay?: number | undefined;
  /** Which weights decay: all, as torch does by default, or matrices (neither biases nor norms). Default: "all". */
  readonly decay?: 'all' | 'matrices' | undefined;
  /** Dropout probability. Default: the checkpoint's. */
  readonly dropout?: number | undefined;
  /** Frozen parameters: embeddings, and layers by number (as a flag also ranges: embeddings,0-3). */
  readonly freeze?: readonly ('embeddings' | number)[] | undefined;
  /** Update embedding tables as a whole, as torch does, not only the rows that a batch looks up. Default: false. */
  readonly denseEmbeddings?: boolean | undefined;
  /**
   * F1 on dev that selects the best epoch (micro: of tags that of spans, where they are such); of numbers Spearman does. Default:
   * "micro".
   */
  readonly bestEpochBy?: 'micro' | 'macro' | undefined;
  /** Most tokens per pass; a larger batch is run in parts (gradient caching). Default: 16384. */
  readonly chunkTokens?: number | undefined;
  /** Device to train on. Default: "cpu". */
  readonly device?: 'cpu' | 'webgpu' | 'cuda' | undefined;
  /** Fraction of the training set held out for dev, if a dataset has none. Default: 0.1. */
  readonly devShare?: number | undefined;
  /** Fraction of the training set held out for test, if a dataset has none. Default: 0.1. */
  readonly testShare?: number | undefined;
  /** supcon: temperature. Default: 0.1. */
  readonly temperature?: number | undefined;
  /** prototypes: factor of the cosines. Default: 20. */
  readonly scale?: number | undefined;
  /** triplet: margin. Default: 5. */
  readonly margin?: number | undefined;
  /** cea-multitask: weight of the first label field. Default: 1. */
  readonly weight?: number | undefined;
  /** cea-multitask: weight of the second label field, flipped. Default: 1. */
  readonly secondWeight?: number | undefined;
  /** cea-multitask: the second label field. Default: the dataset's other one. */
  readonly secondLabelField?: string | undefined;
  /** classic: a text may have several classes (with all of its labels). Default: false. */
  readonly multiLabel?: boolean | undefined;
  /** Neighbours that vote. Default: 5. */
  readonly k?: number | undefined;
  /** Distance between vectors. Default: "euclidean". */
  readonly metric?: 'euclidean' | 'cosine' | undefined;
  /** Uniform votes, or weighted by distance. Default: "uniform". */
  readonly votes?: 'uniform' | 'distance' | undefined;
}

/** What `map` is asked for. */
export interface MapOptions extends EncoderOptions, TableOptions, RegistryOptions {
  /**
   * Datasets: registry keys, ./FILE.csv, .tsv, .jsonl, .json, .parquet, .conll or .conllu, ./FOLDER of split files,
   * hf:org/name[:CONFIG][@revision].
   */
  readonly datasets?: readonly string[] | undefined;
  /** Label field, for datasets with several (political bias: bias, publisher). */
  readonly labelField?: string | undefined;
  /**
   * Drop texts that equal an earlier one, once trimmed, with the same labels. Done before anything is sampled or split; if splits are
   * given, the copy in train is dropped. Default: false.
   */
  readonly deduplicate?: boolean | undefined;
  /** Random seed. Default: 1. */
  readonly seed?: number | undefined;
  /** How token vectors are pooled. Default: "mean". */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Keep so many of the first numbers of each vector (Matryoshka); if omitted, all. */
  readonly dim?: number | undefined;
  /** Projection to 2D; several: one picture each. Default: ["tsne"]. */
  readonly method?: readonly ('tsne' | 'umap')[] | undefined;
  /** Class-stratified sample of this many texts of each dataset. The time of t-SNE grows with its square; 10000 at most. Default: 1000. */
  readonly sample?: number | undefined;
  /** Neighbours that vote for the score below a map. Default: 5. */
  readonly k?: number | undefined;
}
