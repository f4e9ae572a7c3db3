import { z } from 'zod';

/** What makes a folder with an encoder a classifier: its file. */
export const CLASSIFIER_RECORD = 'classifier.json';
/** The classification head of `kind: 'head'`: `head.weight` [classes, width] and `head.bias` [classes], float32. */
export const HEAD_FILE = 'head.safetensors';
/**
 * Texts that the classifier was trained on: `vectors` [texts, width] float32, and the classes of text i, ascending:
 * `labels`[`starts`[i] .. `starts`[i + 1]], both int32. What `kind: 'neighbours'` votes by, and what --explain looks among.
 */
export const TRAIN_VECTORS_FILE = 'train.safetensors';
/** The texts themselves, a JSON object `{ "text": … }` a line, in the order of the vectors; missing where they are kept out of the folder. */
export const TRAIN_TEXTS_FILE = 'train.jsonl';

const calibration = z.strictObject({
  /** What the temperature was fitted on. */
  split: z.enum(['dev', 'train']),
  texts: z.int().min(1),
  /** Expected calibration error, 15 bins of equal width (Guo et al. 2017), before and after, as fractions. */
  eceBefore: z.number(),
  eceAfter: z.number(),
});

/** A classifier as its folder keeps it: a plain value. */
export const classifierRecord = z.strictObject({
  version: z.literal(1),
  /** A trained linear head, or votes of the nearest train texts. */
  kind: z.enum(['head', 'neighbours']),
  /** Names of classes; a class is its index. */
  classes: z.array(z.string()).min(2),
  /** A text may have several classes, or none. */
  multiLabel: z.boolean(),
  pooling: z.string(),
  /** Tokens, special ones included, after which a text is cut; null: never. */
  maxLength: z.int().min(1).nullable(),
  /** What stands before every text; left out for nothing. */
  prompt: z.strictObject({ name: z.string().optional(), text: z.string() }).optional(),
  /** The head takes vectors that are scaled to length 1 first (prototypes); left out where it takes them as they are. */
  unitVectors: z.literal(true).optional(),
  /** How neighbours vote; also of a head, for --explain. */
  neighbours: z.strictObject({ k: z.int().min(1), metric: z.enum(['euclidean', 'cosine']), votes: z.enum(['uniform', 'distance']) }),
  /** Logits are divided by it before the softmax, or the sigmoids where multiLabel. */
  temperature: z.number().positive(),
  /** Left out where there was nothing to fit the temperature on, which is then 1. */
  calibration: calibration.optional(),
  dataset: z.strictObject({ name: z.string(), hash: z.string(), labelField: z.string() }),
});
export type ClassifierRecord = z.infer<typeof classifierRecord>;
