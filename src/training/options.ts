import { HarnessError, option } from '../errors.ts';
import type { ObjectiveName, ObjectiveOptions } from './objective.ts';

/**
 * temperature: Khosla et al. 2020, section 4.4. scale: 1 / 0.05, usual for cosines of sentence vectors. margin: suits distances of several
 * units, as vectors are not normalised. Weights: both tasks count the same, as in the CEA tables.
 */
export const DEFAULT_OBJECTIVE_OPTIONS: ObjectiveOptions = {
  temperature: 0.1,
  scale: 20,
  margin: 5,
  weight: 1,
  secondWeight: 1,
  multiLabel: false,
};

/** The objective that reads an option. `multiLabel` is checked with the data. */
const READ_BY: Readonly<Record<Exclude<keyof ObjectiveOptions, 'multiLabel'>, ObjectiveName>> = {
  temperature: 'supcon',
  scale: 'prototypes',
  margin: 'triplet',
  weight: 'cea-multitask',
  secondWeight: 'cea-multitask',
};

/** Throws OPTION for an option, other than its default, that none of the objectives reads: it would change nothing. */
export function checkOptionsRead(options: ObjectiveOptions, objectives: readonly ObjectiveName[]): void {
  for (const [name, reader] of Object.entries(READ_BY) as [keyof typeof READ_BY, ObjectiveName][]) {
    if (options[name] === DEFAULT_OBJECTIVE_OPTIONS[name] || objectives.includes(reader)) continue;
    throw new HarnessError('OPTION', {
      where: option(name),
      what: `It applies only to the objective ${reader}, got ${objectives.join(', ')}.`,
      hint: `Omit it, or add ${reader} to ${option('objective')}.`,
    });
  }
}

/** Options with defaults filled in. Throws OPTION for a number that no loss can use. */
export function objectiveOptions(given: Partial<ObjectiveOptions> = {}): ObjectiveOptions {
  const options = { ...DEFAULT_OBJECTIVE_OPTIONS, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  for (const name of ['temperature', 'scale'] as const) {
    if (!(options[name] > 0 && options[name] < Infinity)) throw unusable(name, options[name], 'above 0');
  }
  for (const name of ['margin', 'weight', 'secondWeight'] as const) {
    if (!(options[name] >= 0 && options[name] < Infinity)) throw unusable(name, options[name], '0 or above');
  }
  if (options.weight === 0 && options.secondWeight === 0)
    throw new HarnessError('OPTION', {
      where: option('weight'),
      what: 'Both weights of the losses are 0.',
      hint: 'Give one of them a number above 0.',
    });
  return options;
}

function unusable(name: string, value: number, range: string): HarnessError {
  return new HarnessError('OPTION', { where: option(name), what: `${value} is not a number ${range}.` });
}
