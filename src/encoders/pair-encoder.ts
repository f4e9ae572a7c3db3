import { HarnessError } from '../errors.ts';
import type { Encoder } from './encoder.ts';

/**
 * The encoder for pairs: with another graph, if that differs. Throws OPTION for a static encoder, whose vector of a pair would be that of
 * both texts concatenated, and as `buildEncoder`.
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
