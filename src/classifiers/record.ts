import { z } from 'zod';
import { WORD_POOLINGS } from '../embed/word-specs.ts';

/** What makes a folder with an encoder a classifier: its file. */
export const CLASSIFIER_RECORD = 'classifier.json';
/**
 * The head of `kind: 'head'`: `head.weight` [classes, width] and `head.bias` [classes], float32; of `kind: 'regression'` [1, width] and
 * [1], whose logit is the number, in the unit of the targets.
 */
export const HEAD_FILE = 'head.safetensors';
/**
 * Texts that the classifier was trained on: `vectors` [texts, width] float32, and the classes of text i, ascending:
 * `labels`[`starts`[i] .. `starts`[i + 1]], both int32. What `kind: 'neighbours'` votes by, and what --explain looks among.
 */
export const TRAIN_VECTORS_FILE = 'train.safetensors';
/**
 * The texts themselves, a JSON object `{ "text": … }` a line, in the order of the vectors; missing where they are kept out of the folder.
 */
export const TRAIN_TEXTS_FILE = 'train.jsonl';

const calibration = z.strictObject({
  /** What the temperature was fitted on. */
  split: z.enum(['dev', 'train']),
  texts: z.int().min(1),
  /** Expected calibration error, 15 bins of equal width (Guo et al. 2017), before and after, as fractions. */
  eceBefore: z.number(),
  eceAfter: z.number(),
});

const residuals = z.strictObject({
  /** What was looked at. */
  split: z.literal('dev'),
  texts: z.int().min(1),
  /** Share of these texts whose number lies between prediction + low and prediction + high: the middle of what target - prediction is. */
  share: z.number().positive().max(1),
  low: z.number(),
  high: z.number(),
});

const LEAST_CLASSES = 2;
/** Pooling of a model of words. */
export const WORD = 'word';

/** A classifier as its folder keeps it: a plain value. */
export const classifierRecord = z
  .strictObject({
    version: z.literal(1),
    /** A trained linear head, or votes of the nearest train texts; regression: a trained linear layer to one number. */
    kind: z.enum(['head', 'neighbours', 'regression']),
    /** It takes two texts, which the encoder reads together, unless `cosine` is there; left out where it takes one. */
    pairs: z.literal(true).optional(),
    /**
     * It classifies each word of a sentence that comes split into words, by a vector that its sub-tokens are pooled to so; `classes` are
     * tags then, and `pooling` is `word`. Left out where it classifies texts.
     */
    words: z.enum(WORD_POOLINGS).optional(),
    /**
     * Of regression on pairs whose texts the encoder reads apart: the number is mean + deviation * the cosine of their two vectors, and
     * there is no head.
     */
    cosine: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).optional(),
    /** Names of classes; a class is its index. None of regression. */
    classes: z.array(z.string()),
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
    /** Of regression, where there was a dev set. */
    residuals: residuals.optional(),
    dataset: z.strictObject({ name: z.string(), hash: z.string(), labelField: z.string() }),
  })
  .check((given) => {
    const { kind, classes, words, pooling, pairs, multiLabel, cosine, residuals: middle } = given.value;
    if (cosine !== undefined && (kind !== 'regression' || pairs !== true)) {
      given.issues.push({ code: 'custom', input: cosine, path: ['cosine'], message: 'Cosines are numbers, and of pairs' });
    }
    if (middle !== undefined && middle.low > middle.high) {
      given.issues.push({ code: 'custom', input: middle, path: ['residuals'], message: 'Their low is above their high' });
    }
    const wordless = kind === 'regression' || pairs === true || multiLabel;
    if (words !== undefined && (pooling !== WORD || wordless)) {
      given.issues.push({ code: 'custom', input: words, path: ['words'], message: `Words have the pooling "${WORD}", and one tag each` });
    }
    const least = kind === 'regression' ? 0 : LEAST_CLASSES;
    if (classes.length < least) {
      given.issues.push({
        code: 'too_small',
        origin: 'array',
        minimum: least,
        inclusive: true,
        input: classes,
        path: ['classes'],
        message: `Too small: expected array to have >=${least} items`,
      });
    } else if (kind === 'regression' && classes.length > 0) {
      given.issues.push({
        code: 'too_big',
        origin: 'array',
        maximum: 0,
        inclusive: true,
        input: classes,
        path: ['classes'],
        message: 'Numbers have no classes',
      });
    }
  });
export type ClassifierRecord = z.infer<typeof classifierRecord>;
