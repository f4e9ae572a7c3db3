import { HarnessError } from '../errors.ts';
import type { ForwardGraph } from './encoder-step.ts';
import type { TokenText } from './text-batch.ts';

/** Throws OPTION where pairs have types that the graph is not fed: they would be trained as texts of one type, unnoticed. */
export function checkTypes({ proto }: Pick<ForwardGraph, 'proto'>, texts: readonly TokenText[], name: string): void {
  if (!texts.some(({ types }) => types?.some((type) => type !== 0))) return;
  if (proto.graph!.input.some((input) => input.name === 'token_type_ids')) return;
  throw new HarnessError('OPTION', {
    where: name,
    what: 'It was opened for single texts; pairs use other token types.',
    hint: 'Open it for pairs.',
  });
}
