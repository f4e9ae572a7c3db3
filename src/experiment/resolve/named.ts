import { promptChoices } from '../../encoders/prompts.ts';
import { HarnessError, option } from '../../errors.ts';
import type { RunRequest } from '../request.ts';
import type { Named } from './experiment.ts';

interface CheckNamedParams extends Pick<Named, 'encoders' | 'datasets'> {
  /** What is done to them: ranked, trained. */
  readonly done: string;
  readonly concat: boolean;
}

export function checkNamed({ encoders, datasets, done, concat }: CheckNamedParams): void {
  if (encoders.length === 0 || concat) {
    throw new HarnessError('OPTION', {
      where: option('encoders'),
      what: concat ? `Concatenations cannot be ${done}.` : 'No encoder given.',
      hint: `Give encoders with ${option('encoders')} or ${option('model')}.`,
    });
  }
  if (datasets.length > 0) return;
  throw new HarnessError('OPTION', {
    where: option('datasets'),
    what: 'No dataset given.',
    hint: `Give one with ${option('datasets')} or ${option('dataset')}.`,
  });
}

/** Undefined if not requested, so that it is not part of a digest. */
export function promptsOf({ prompts }: Pick<RunRequest, 'prompts'>): Pick<Named, 'prompts'> {
  return prompts === undefined ? {} : { prompts: promptChoices(prompts) };
}
