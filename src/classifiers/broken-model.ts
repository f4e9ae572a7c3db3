import { HarnessError } from '../errors.ts';

/** The error for an invalid file of a model folder. `what`: a sentence. */
export function brokenModel(file: string, what: string, cause?: unknown): HarnessError {
  return new HarnessError('FORMAT', { where: file, what, hint: 'Save the model again, or copy its folder again.' }, { cause });
}
