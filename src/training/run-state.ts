import { z } from 'zod';
import { NUMBER_OBJECTIVES } from './objective.ts';

const whole = z.int().nonnegative();
const classes = z.union([z.array(whole), z.array(z.array(whole))]);
/** -1: a word without a vector. */
const tags = z.array(z.int().min(-1));

function scoresOf(predicted: z.ZodType): z.ZodType {
  return z.array(z.looseObject({ split: z.string(), scores: z.looseObject({}), predicted }));
}

/** What a state.json must contain for its run to resume. Further fields are kept. */
const stateOf = (predicted: z.ZodType) =>
  z.looseObject({
    settings: z.record(z.string(), z.unknown()),
    epochs: z.array(z.looseObject({ epoch: whole, step: whole })).min(1),
    best: whole,
    batches: whole,
    memories: z.record(z.string(), z.array(z.number())),
    memoryShapes: z.record(z.string(), z.array(whole)),
    frozen: scoresOf(predicted),
    scores: scoresOf(predicted).optional(),
  });

const ofClasses = stateOf(classes);
const ofNumbers = stateOf(z.array(z.number()));
const ofTags = stateOf(tags);

/** What a run's settings say about its predictions. */
interface Told {
  readonly settings?: { readonly objective?: unknown; readonly spec?: { readonly word?: unknown } | null } | null;
}

/** The path of the first invalid value in a state.json; undefined if a run can resume from it. */
export function stateFault(value: unknown): string | undefined {
  const { settings } = (value ?? {}) as Told;
  const schema = NUMBER_OBJECTIVES.some((name) => name === settings?.objective)
    ? ofNumbers
    : settings?.spec?.word === undefined
      ? ofClasses
      : ofTags;
  const issue = schema.safeParse(value).error?.issues[0];
  return issue === undefined ? undefined : issue.path.map(String).join('.') || 'all of it';
}
