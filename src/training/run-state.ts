import { z } from 'zod';

const whole = z.int().nonnegative();
const predicted = z.union([z.array(whole), z.array(z.array(whole))]);
const scores = z.array(z.looseObject({ split: z.string(), scores: z.looseObject({}), predicted }));

/** What a state.json must have for its run to go on. What it has besides stays as it is. */
const runState = z.looseObject({
  settings: z.record(z.string(), z.unknown()),
  epochs: z.array(z.looseObject({ epoch: whole, step: whole })).min(1),
  best: whole,
  batches: whole,
  memories: z.record(z.string(), z.array(z.number())),
  memoryShapes: z.record(z.string(), z.array(whole)),
  frozen: scores,
  scores: scores.optional(),
});

/** What a value out of a state.json lacks: the path of its first fault; undefined where a run can go on from it. */
export function stateFault(value: unknown): string | undefined {
  const issue = runState.safeParse(value).error?.issues[0];
  return issue === undefined ? undefined : issue.path.map(String).join('.') || 'all of it';
}
