import { HarnessError } from '../errors.ts';
import type { ForwardGraph } from './encoder-step.ts';
import type { TokenText } from './text-batch.ts';

/** Throws OPTION if pairs have token types that the graph has no input for: they would silently be trained as texts of one type. */
export function checkTypes({ proto }: Pick<ForwardGraph, 'proto'>, texts: readonly TokenText[], name: string): void {
  if (!texts.some(({ types }) => types?.some((type) => type !== 0))) return;
  if (proto.graph!.input.some((input) => input.name === 'token_type_ids')) return;
  throw new HarnessError('OPTION', {
    where: name,
    what: 'It was opened for single texts; pairs use other token types.',
    hint: 'Open it for pairs.',
  });
}
