import { HarnessError } from '../errors.ts';
import type { Encoder } from './encoder.ts';

/**
 * The encoder as it reads pairs: all of it but the graph, where that is another. Throws OPTION for a static encoder, whose vector of two
 * texts would be that of a text of both, and as `buildEncoder`.
 */
export async function pairEncoder(encoder: Encoder): Promise<Encoder> {
  if (encoder.depth === 0) {
    throw new HarnessError('OPTION', {
      where: encoder.name,
      what:
        'It is a static encoder, which cannot encode pairs jointly: token order, and which text a token belongs to, ' +
        'do not matter to it.',
      hint: 'Use separate: one vector per text.',
    });
  }
  return encoder.pairGraph === undefined ? encoder : { ...encoder, ...(await encoder.pairGraph()) };
}
