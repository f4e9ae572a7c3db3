import { z } from 'zod';
import { WORD_POOLINGS } from '../embed/word-specs.ts';

/** The file that makes an encoder's folder a classifier. */
export const CLASSIFIER_RECORD = 'classifier.json';
/**
 * The head of `kind: 'head'`: `head.weight` [classes, width] and `head.bias` [classes], float32; of `kind: 'regression'` [1, width] and
 * [1], whose logit is the number, in the unit of the targets.
 */
export const HEAD_FILE = 'head.safetensors';
/**
 * Texts that the classifier was trained on: `vectors` [texts, width] float32, and the classes of text i, ascending: `labels`[`starts`[i] ..
 * `starts`[i + 1]], both int32. Used by the votes of `kind: 'neighbours'`, and by --explain.
 */
export const TRAIN_VECTORS_FILE = 'train.safetensors';
/** The texts themselves, one JSON object `{ "text": … }` per line, in the order of the vectors; missing if they are not saved. */
export const TRAIN_TEXTS_FILE = 'train.jsonl';

const calibration = z.strictObject({
  /** Split that the temperature was fitted on. */
  split: z.enum(['dev', 'train']),
  texts: z.int().min(1),
  /** Expected calibration error, 15 bins of equal width (Guo et al. 2017), before and after, as fractions. */
  eceBefore: z.number(),
  eceAfter: z.number(),
});

const residuals = z.strictObject({
  /** Split that was used. */
  split: z.literal('dev'),
  texts: z.int().min(1),
  /** Fraction of these texts whose number is between prediction + low and prediction + high: central quantiles of target - prediction. */
  share: z.number().positive().max(1),
  low: z.number(),
  high: z.number(),
});

const LEAST_CLASSES = 2;
/** Pooling of a model of words. */
export const WORD = 'word';

/** A classifier as stored in its folder: a plain value. */
export const classifierRecord = z
  .strictObject({
    version: z.literal(1),
    /** A trained linear head, or votes of the nearest training texts; regression: a trained linear layer to one number. */
    kind: z.enum(['head', 'neighbours', 'regression']),
    /** It takes text pairs, encoded as one input, unless `cosine` is present; omitted if it takes single texts. */
    pairs: z.literal(true).optional(),
    /**
     * It classifies each word of a sentence that is already split into words, by a vector with this pooling of its sub-tokens; `classes`
     * are then tags, and `pooling` is `word`. Omitted if it classifies texts.
     */
    words: z.enum(WORD_POOLINGS).optional(),
    /**
     * For regression on pairs whose texts are encoded separately: the number is mean + deviation * the cosine of their two vectors, without
     * a head.
     */
    cosine: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).optional(),
    /** Names of classes by index. Empty for regression. */
    classes: z.array(z.string()),
    /** A text may have several classes, or none. */
    multiLabel: z.boolean(),
    pooling: z.string(),
    /** Maximum length in tokens, special tokens included; null: no truncation. */
    maxLength: z.int().min(1).nullable(),
    /** Prompt put before every text; omitted if none. */
    prompt: z.strictObject({ name: z.string().optional(), text: z.string() }).optional(),
    /** The head takes vectors normalised to length 1 (prototypes); omitted if not. */
    unitVectors: z.literal(true).optional(),
    /** How neighbours vote; also for a head, for --explain. */
    neighbours: z.strictObject({ k: z.int().min(1), metric: z.enum(['euclidean', 'cosine']), votes: z.enum(['uniform', 'distance']) }),
    /** Logits are divided by it before the softmax, or before the sigmoids if multiLabel. */
    temperature: z.number().positive(),
    /** Omitted if there was nothing to fit the temperature on, which is then 1. */
    calibration: calibration.optional(),
    /** For regression, if there was a dev set. */
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
