import { HarnessError, reason } from '../errors.ts';

/** JSON.parse with the file in the error. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HarnessError('FORMAT', { where, what: `This is not JSON: ${reason(error)}.` }, { cause: error });
  }
}
