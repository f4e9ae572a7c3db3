import { alignment } from './alignment.ts';

/**
 * Each text with one random text of its class and one random text of another, from its batch. A pair drawn from both sides counts twice.
 */
export const cea = alignment({ name: 'cea', tasks: [{ field: 'first', rule: { pools: ['batch'], take: 'one', same: 1, different: 0 } }] });
