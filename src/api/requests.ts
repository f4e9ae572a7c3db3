// Made from src/experiment/request.ts by `npm run schemas`.

/** Experiment requests, for programs. Every field is optional. */

/** Which encoders, and how they are opened. */
export interface EncoderOptions {
  /** Encoders: registry keys, hf:org/name[@revision], ./FOLDER or NAME=./FOLDER. KEY@N: only the first N layers of KEY. */
  readonly encoders?: readonly string[] | undefined;
  /** Use only the first N layers of encoders given by folder or hub name (registry keys: KEY@N). */
  readonly firstLayers?: number | undefined;
  /** Weight precision. Default: the first available. */
  readonly dtype?: 'fp32' | 'fp16' | 'q8' | 'q4' | undefined;
  /** Longformer: global attention on no token (none, as in the reference) or on the first token. Default: "none". */
  readonly globalAttention?: 'none' | 'first' | undefined;
  /** BigBird: random attention blocks as in evaluation (zero) or as in training (published). Default: "zero". */
  readonly randomBlocks?: 'zero' | 'published' | undefined;
  /** Task adapter to merge into the weights (jina-embeddings-v3); none: the shared weights only. Default: "none". */
  readonly adapterTask?: string | undefined;
  /**
   * Maximum sequence length in tokens, special tokens included. Default: the encoder's own limit; 512 if it states none, or only one
   * above 8192.
   */
  readonly maxLength?: number | undefined;
  /**
   * Prompt put before every text: the NAME of one of the encoder's prompts, literal text, or none. Write literal text without a blank
   * or colon as text:WORD. Several: one result each. Default: the encoder's default prompt.
   */
  readonly prompts?: readonly string[] | undefined;
}

/** What encoders run on, and are trained on. */
export interface DeviceOptions {
  /**
   * What encoders run on, and are trained on: the processor, or a graphics card. auto: a card, if it is at least twice as fast.
   * Default: "cpu".
   */
  readonly device?: 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml' | 'cuda:0' | 'cuda:1' | 'cuda:2' | 'cuda:3' | 'cuda:4' |
    'cuda:5' | 'cuda:6' | 'cuda:7' | 'cuda:8' | 'cuda:9' | 'cuda:10' | 'cuda:11' | 'cuda:12' | 'cuda:13' | 'cuda:14' | 'cuda:15' |
    undefined;
}

/** How dataset files are read. */
export interface TableOptions {
  /** Text column of your file. CoNLL: number of the word column, counted from 1. */
  readonly textColumn?: string | undefined;
  /** Column with the second text of each row: rows are text pairs. */
  readonly textPairColumn?: string | undefined;
  /** Label column of your file. CoNLL: number of the tag column, from 1 (default: the last). CoNLL-U: its name (default: upos). */
  readonly labelColumn?: string | undefined;
  /** Column that assigns each row to train, dev or test. */
  readonly splitColumn?: string | undefined;
  /** Separator between several labels in the label column. */
  readonly labelSeparator?: string | undefined;
  /** Column delimiter of your .csv or .tsv file (as a flag also tab, comma, pipe, …). Default: detected. */
  readonly delimiter?: string | undefined;
  /** Text encoding of your file. Default: by byte-order mark, else UTF-8. */
  readonly encoding?: 'utf8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252' | 'windows-1250' | 'windows-1251' |
    'windows-1253' | 'windows-1254' | 'windows-1257' | 'iso-8859-2' | 'iso-8859-5' | 'iso-8859-7' | 'iso-8859-15' | 'koi8-r' |
    'koi8-u' | 'macintosh' | 'gb18030' | 'big5' | 'shift_jis' | 'euc-jp' | 'euc-kr' | undefined;
  /** Skip invalid rows of your files, and report how many. Default: false. */
  readonly skipInvalid?: boolean | undefined;
}

/** Which datasets, and how their rows are read and chosen. */
export interface DatasetOptions extends TableOptions {
  /**
   * Datasets: registry keys, ./FILE, ./FOLDER of split files, hf:org/name[:CONFIG][@revision]. File types: .csv, .tsv, .jsonl, .json,
   * .parquet, .conll, .conllu.
   */
  readonly datasets?: readonly string[] | undefined;
  /** Label field, for datasets with several (e.g. political-bias: bias, publisher). */
  readonly labelField?: string | undefined;
  /**
   * Kind of labels: classes (classification), numbers (regression), or one tag per word (token-classification). Default: as the
   * registry or the file says, else classification.
   */
  readonly task?: 'classification' | 'regression' | 'token-classification' | undefined;
  /** Multi-label texts: use the first label only (first), or all labels (all). Default: "first". */
  readonly labels?: 'first' | 'all' | undefined;
  /** Sample N texts per dataset, or per split: train=1000,dev=0 (in a request an object). Stratified by class; numbers at random. */
  readonly limit?: number | { readonly train?: number | undefined; readonly dev?: number | undefined; readonly test?: number |
    undefined; } | undefined;
  /**
   * Drop duplicates: equal trimmed text and equal labels. Done before sampling and splitting; the first copy is kept, but if splits
   * are given, the copy in train is dropped. Default: false.
   */
  readonly deduplicate?: boolean | undefined;
}

/** Registries in which names are looked up. */
export interface RegistryOptions {
  /** Registry of encoders to use instead of models.json. */
  readonly modelsFile?: string | undefined;
  /** Registry of datasets to use instead of datasets.json. */
  readonly datasetsFile?: string | undefined;
}

/** How encoders are fine-tuned. */
export interface TrainingOptions {
  /** Training objectives (losses). Default: cea-all-negatives (numbers: regression; tags: classic). */
  readonly objective?: readonly ('classic' | 'cea' | 'cea-all-negatives' | 'cea-memory' | 'cea-memory-all-negatives' |
    'cea-mixed-memory' | 'cea-datapoint-memory' | 'cea-datapoint-memory-all-negatives' | 'cea-inverse' | 'cea-flipped' |
    'cea-multitask' | 'supcon' | 'prototypes' | 'triplet' | 'regression' | 'cosine')[] | undefined;
  /** Number of epochs; the best epoch by dev score is used. Default: 10. */
  readonly epochs?: number | undefined;
  /** Peak learning rate. Default: 0.00005. */
  readonly lr?: number | undefined;
  /** Batch size in texts (tagged words: in sentences). Default: 32. */
  readonly batchSize?: number | undefined;
  /** Batches with several texts per class, for objectives that compare the texts of a batch. Default: false. */
  readonly balanced?: boolean | undefined;
  /** Gradient accumulation: batches per optimiser step. Default: 1. */
  readonly accumulate?: number | undefined;
  /** Learning-rate schedule. Default: "linear". */
  readonly schedule?: 'linear' | 'constant' | undefined;
  /** Warm-up ratio: fraction of all steps. Default: 0.1. */
  readonly warmup?: number | undefined;
  /** Gradient clipping: maximum global norm. Default: 5. */
  readonly clip?: number | undefined;
  /** Weight decay (AdamW). Default: 0.01. */
  readonly weightDecay?: number | undefined;
  /** Weights that decay: all (as in PyTorch), or matrices (neither biases nor norms). Default: "all". */
  readonly decay?: 'all' | 'matrices' | undefined;
  /** Dropout probability. Default: the checkpoint's. */
  readonly dropout?: number | undefined;
  /** Parameters to freeze: embeddings and layer numbers, e.g. embeddings,0-3 (in a request a list without ranges). */
  readonly freeze?: readonly ('embeddings' | number)[] | undefined;
  /** Update whole embedding tables, as PyTorch does, not only the rows that a batch looks up. Default: false. */
  readonly denseEmbeddings?: boolean | undefined;
  /** Dev F1 that selects the best epoch. Tags that mark spans: micro is span F1. Regression uses Spearman instead. Default: "micro". */
  readonly bestEpochBy?: 'micro' | 'macro' | undefined;
  /** Maximum number of tokens per pass; larger batches are split (gradient caching). Default: 16384. */
  readonly chunkTokens?: number | undefined;
  /**
   * Training: the encoder's matrix products in float16, everything else in float32. For cards; on the CPU it only takes longer.
   * Default: float32 throughout.
   */
  readonly mixedPrecision?: 'fp16' | undefined;
  /** Fraction of the training set held out for dev, if there is no dev split. Default: 0.1. */
  readonly devShare?: number | undefined;
  /** Fraction of the training set held out for test, if there is no test split. Default: 0.1. */
  readonly testShare?: number | undefined;
  /** supcon: temperature. Default: 0.1. */
  readonly temperature?: number | undefined;
  /** prototypes: scale of the cosine similarities. Default: 20. */
  readonly scale?: number | undefined;
  /** triplet: margin. Default: 5. */
  readonly margin?: number | undefined;
  /** cea-multitask: loss weight of the first label field. Default: 1. */
  readonly weight?: number | undefined;
  /** cea-multitask: loss weight of the second label field (flipped). Default: 1. */
  readonly secondWeight?: number | undefined;
  /** cea-multitask: second label field. Default: the dataset's other field. */
  readonly secondLabelField?: string | undefined;
  /** classic: multi-label classification (with labels all). Default: false. */
  readonly multiLabel?: boolean | undefined;
  /** Epochs whose vectors of all texts are saved in the results folder, for maps: 0,1,5,10. */
  readonly vectorsAt?: readonly number[] | undefined;
}

/** Options of `run`. */
export interface RunOptions extends EncoderOptions, DeviceOptions, DatasetOptions, RegistryOptions {
  /**
   * Named set of encoders and datasets. Built in: quick, seed, political-bias, all, popular-small, popular-base, multilingual,
   * embedders. Default: quick.
   */
  readonly suite?: string | undefined;
  /** Suites file to use instead of suites.json. */
  readonly suitesFile?: string | undefined;
  /** Random seed. Several, if encoders are fine-tuned: one training run each. Default: [1]. */
  readonly seed?: readonly number[] | undefined;
  /** Poolings. all: cls, mean, cls-layermean, layermean; concat: all encoders concatenated. Default: all, or the suite's. */
  readonly pooling?: readonly ('cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' |
    'cls-last4' | 'mean-last4' | 'as-published' | 'all' | 'concat')[] | undefined;
  /** Layers for single-layer poolings: last, all, or layer numbers (0: embeddings). One row per layer. Default: "last". */
  readonly layers?: 'last' | 'all' | readonly number[] | undefined;
  /** Layers averaged by the layer-mean poolings. Default: ["0..L"]. */
  readonly layerMean?: readonly ('0..L' | '1..L')[] | undefined;
  /** Truncate vectors to their first N dimensions (Matryoshka): 64,128,256; full: all. Several: one result each. Default: full. */
  readonly dim?: readonly (number | 'full')[] | undefined;
  /** Normalisation of vectors before concatenation. Default: ["raw"]. */
  readonly concatNorm?: readonly ('raw' | 'l2' | 'zscore')[] | undefined;
  /** Text pairs: encode each text separately (separate), or both as one input (joint). Several: one result each. Default: separate. */
  readonly pair?: readonly ('separate' | 'joint')[] | undefined;
  /** Tagged words: pooling of sub-token vectors into a word vector (first, mean, last). Several: one result each. Default: first. */
  readonly wordPooling?: readonly ('first' | 'mean' | 'last')[] | undefined;
  /**
   * Tagged words: maximum number of words per tag for k-NN and estimators. Drawn with the seed; a note says if there are more.
   * Default: 20000.
   */
  readonly wordsPerClass?: number | undefined;
  /** Evaluation protocols. Default: leave-one-out,complete; tagged words: leave-one-sentence-out,fit-train; or the suite's. */
  readonly protocol?: readonly ('complete' | 'leave-one-out' | 'leave-one-sentence-out' | 'fit-train')[] | undefined;
  /** Number of neighbours (k); several values share one search. Default: [5]. */
  readonly k?: readonly number[] | undefined;
  /** Distance metric. Default: ["euclidean"]. */
  readonly metric?: readonly ('euclidean' | 'cosine')[] | undefined;
  /** Neighbour votes: uniform, or weighted by distance. Default: ["uniform"]. */
  readonly votes?: readonly ('uniform' | 'distance')[] | undefined;
  /** Nearest-neighbour search. hnsw (usearch) and hnswlib are approximate and report their recall in each row. Default: "auto". */
  readonly index?: 'auto' | 'exact' | 'hnsw' | 'hnswlib' | undefined;
  /** HNSW: links per node (M). Default: 32. */
  readonly hnswM?: number | undefined;
  /** HNSW: candidates while building the index (efConstruction). Default: 200. */
  readonly hnswEfConstruction?: number | undefined;
  /** HNSW: candidates per query (ef). Default: 100. */
  readonly hnswEf?: number | undefined;
  /** HNSW (usearch): target recall. If a sample of queries falls short, ef is doubled, at most twice; 0: no target. Default: 0.98. */
  readonly hnswRecall?: number | undefined;
  /**
   * Also fine-tune every encoder on every dataset, with the first pooling given. Default pooling: cls; mean for static encoders, last
   * for causal ones.
   */
  readonly finetune?: TrainingOptions | undefined;
}

/** Options of `rank`. */
export interface RankOptions extends EncoderOptions, DeviceOptions, DatasetOptions, RegistryOptions {
  /** A named set: its encoders and datasets, unless they are named. */
  readonly suite?: string | undefined;
  /** Suites file to use instead of suites.json. */
  readonly suitesFile?: string | undefined;
  /** Random seed. Default: 1. */
  readonly seed?: number | undefined;
  /** Estimators; all: every one that applies to the labels (leep only with a source field). Default: ["all"]. */
  readonly estimator?: readonly ('knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'leep' |
    'ridge' | 'cosine' | 'all')[] | undefined;
  /** leep: second label field (of your file: column) with the source classes. */
  readonly sourceField?: string | undefined;
  /**
   * Time limit: 90s, 2m, 1h (in a request: seconds). Encoders are dropped early on small samples; the others are ranked on as many
   * texts as the time allows. No layer curves.
   */
  readonly budget?: number | undefined;
  /** Estimator that orders the encoders. Default: the first. */
  readonly by?: 'knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'leep' | 'ridge' |
    'cosine' | undefined;
  /** Poolings to compare. Default: ["mean","layermean"]. */
  readonly pooling?: readonly ('cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' |
    'cls-last4' | 'mean-last4' | 'as-published')[] | undefined;
  /** Layers averaged by the layer-mean poolings. Default: "0..L". */
  readonly layerMean?: '0..L' | '1..L' | undefined;
  /** Truncate vectors to their first N dimensions (Matryoshka): 64,128,256; full: all. Several: one estimate each. Default: full. */
  readonly dim?: readonly (number | 'full')[] | undefined;
  /** Layer curves: compare the layers on a sample of 1000 texts. Default: true. */
  readonly curves?: boolean | undefined;
  /** Text pairs: encode each text separately (separate), or both as one input (joint). Several: one result each. Default: separate. */
  readonly pair?: readonly ('separate' | 'joint')[] | undefined;
  /** Tagged words: pooling of sub-token vectors into a word vector (first, mean, last). Several: one result each. Default: first. */
  readonly wordPooling?: readonly ('first' | 'mean' | 'last')[] | undefined;
  /**
   * Tagged words: maximum number of words per tag for k-NN and estimators. Drawn with the seed; a note says if there are more.
   * Default: 20000.
   */
  readonly wordsPerClass?: number | undefined;
  /** Number of neighbours (k). Default: 5. */
  readonly k?: number | undefined;
}

/** Options of `finetune`. */
export interface FinetuneOptions extends EncoderOptions, DeviceOptions, DatasetOptions, RegistryOptions, TrainingOptions {
  /** Random seed; several: one run each. Default: [1]. */
  readonly seed?: readonly number[] | undefined;
  /** Pooling for training and prediction. Default: cls (static encoders: mean; causal: last; tags: first sub-token). */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Number of neighbours (k). Default: 5. */
  readonly k?: number | undefined;
  /** Distance metric. Default: "euclidean". */
  readonly metric?: 'euclidean' | 'cosine' | undefined;
  /** Neighbour votes: uniform, or weighted by distance. Default: "uniform". */
  readonly votes?: 'uniform' | 'distance' | undefined;
}

/** Options of `choose`. */
export interface ChooseOptions extends EncoderOptions, DeviceOptions, DatasetOptions, RegistryOptions {
  /** Named set of encoders and datasets, used for whichever of the two is not given. */
  readonly suite?: string | undefined;
  /** Suites file to use instead of suites.json. */
  readonly suitesFile?: string | undefined;
  /**
   * Random seeds. The race uses the first; with the others, encoders still tied on the full training set and the winner are fine-tuned
   * again, as the budget allows. Default: [1,2,3].
   */
  readonly seed?: readonly number[] | undefined;
  /** Time limit: 90s, 30m, 2h (in a request: seconds), shared by the datasets. Default: 1800 (30m). */
  readonly budget?: number | undefined;
  /** Budget in text passes, instead of time. An embedded text costs 1, a fine-tuned one 3. The same choice on every machine. */
  readonly budgetTexts?: number | undefined;
  /** Estimator that screens the frozen encoders. Default: "knn". */
  readonly by?: 'knn' | 'consistency' | 'linear-probe' | 'centroid' | 'hscore' | 'logme' | 'silhouette' | 'ridge' | 'cosine' |
    undefined;
  /** Pooling for training and prediction. Default: cls (static encoders: mean; causal: last; tags: first sub-token). */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Training objective (loss). Default: cea-all-negatives (numbers: regression; tags: classic). */
  readonly objective?: 'classic' | 'cea' | 'cea-all-negatives' | 'cea-memory' | 'cea-memory-all-negatives' | 'cea-mixed-memory' |
    'cea-datapoint-memory' | 'cea-datapoint-memory-all-negatives' | 'cea-inverse' | 'cea-flipped' | 'cea-multitask' | 'supcon' |
    'prototypes' | 'triplet' | 'regression' | 'cosine' | undefined;
  /** Number of epochs; the best epoch by dev score is used. Default: 10. */
  readonly epochs?: number | undefined;
  /** Peak learning rate. Default: 0.00005. */
  readonly lr?: number | undefined;
  /** Batch size in texts (tagged words: in sentences). Default: 32. */
  readonly batchSize?: number | undefined;
  /** Batches with several texts per class, for objectives that compare the texts of a batch. Default: false. */
  readonly balanced?: boolean | undefined;
  /** Gradient accumulation: batches per optimiser step. Default: 1. */
  readonly accumulate?: number | undefined;
  /** Learning-rate schedule. Default: "linear". */
  readonly schedule?: 'linear' | 'constant' | undefined;
  /** Warm-up ratio: fraction of all steps. Default: 0.1. */
  readonly warmup?: number | undefined;
  /** Gradient clipping: maximum global norm. Default: 5. */
  readonly clip?: number | undefined;
  /** Weight decay (AdamW). Default: 0.01. */
  readonly weightDecay?: number | undefined;
  /** Weights that decay: all (as in PyTorch), or matrices (neither biases nor norms). Default: "all". */
  readonly decay?: 'all' | 'matrices' | undefined;
  /** Dropout probability. Default: the checkpoint's. */
  readonly dropout?: number | undefined;
  /** Parameters to freeze: embeddings and layer numbers, e.g. embeddings,0-3 (in a request a list without ranges). */
  readonly freeze?: readonly ('embeddings' | number)[] | undefined;
  /** Update whole embedding tables, as PyTorch does, not only the rows that a batch looks up. Default: false. */
  readonly denseEmbeddings?: boolean | undefined;
  /** Dev F1 that selects the best epoch. Tags that mark spans: micro is span F1. Regression uses Spearman instead. Default: "micro". */
  readonly bestEpochBy?: 'micro' | 'macro' | undefined;
  /** Maximum number of tokens per pass; larger batches are split (gradient caching). Default: 16384. */
  readonly chunkTokens?: number | undefined;
  /**
   * Training: the encoder's matrix products in float16, everything else in float32. For cards; on the CPU it only takes longer.
   * Default: float32 throughout.
   */
  readonly mixedPrecision?: 'fp16' | undefined;
  /** Fraction of the training set held out for dev, if there is no dev split. Default: 0.1. */
  readonly devShare?: number | undefined;
  /** Fraction of the training set held out for test, if there is no test split. Default: 0.1. */
  readonly testShare?: number | undefined;
  /** supcon: temperature. Default: 0.1. */
  readonly temperature?: number | undefined;
  /** prototypes: scale of the cosine similarities. Default: 20. */
  readonly scale?: number | undefined;
  /** triplet: margin. Default: 5. */
  readonly margin?: number | undefined;
  /** cea-multitask: loss weight of the first label field. Default: 1. */
  readonly weight?: number | undefined;
  /** cea-multitask: loss weight of the second label field (flipped). Default: 1. */
  readonly secondWeight?: number | undefined;
  /** cea-multitask: second label field. Default: the dataset's other field. */
  readonly secondLabelField?: string | undefined;
  /** classic: multi-label classification (with labels all). Default: false. */
  readonly multiLabel?: boolean | undefined;
  /** Number of neighbours (k). Default: 5. */
  readonly k?: number | undefined;
  /** Distance metric. Default: "euclidean". */
  readonly metric?: 'euclidean' | 'cosine' | undefined;
  /** Neighbour votes: uniform, or weighted by distance. Default: "uniform". */
  readonly votes?: 'uniform' | 'distance' | undefined;
}

/** Options of `map`. */
export interface MapOptions extends EncoderOptions, DeviceOptions, TableOptions, RegistryOptions {
  /**
   * Datasets: registry keys, ./FILE, ./FOLDER of split files, hf:org/name[:CONFIG][@revision]. File types: .csv, .tsv, .jsonl, .json,
   * .parquet, .conll, .conllu.
   */
  readonly datasets?: readonly string[] | undefined;
  /** Label field, for datasets with several (e.g. political-bias: bias, publisher). */
  readonly labelField?: string | undefined;
  /**
   * Drop duplicates: equal trimmed text and equal labels. Done before sampling and splitting; the first copy is kept, but if splits
   * are given, the copy in train is dropped. Default: false.
   */
  readonly deduplicate?: boolean | undefined;
  /** Random seed. Default: 1. */
  readonly seed?: number | undefined;
  /** Pooling of token vectors. Default: "mean". */
  readonly pooling?: 'cls' | 'mean' | 'max' | 'last' | 'weighted-mean' | 'word-mean' | 'cls-layermean' | 'layermean' | 'cls-last4' |
    'mean-last4' | 'as-published' | undefined;
  /** Truncate vectors to their first N dimensions (Matryoshka). Default: all. */
  readonly dim?: number | undefined;
  /** Projection to 2D; several: one plot each. Default: ["tsne"]. */
  readonly method?: readonly ('tsne' | 'umap')[] | undefined;
  /** Class-stratified sample of N texts per dataset. t-SNE takes at most 10000, in time quadratic in N. Default: 1000. */
  readonly sample?: number | undefined;
  /** Number of neighbours (k) for the score below each map. Default: 5. */
  readonly k?: number | undefined;
}
