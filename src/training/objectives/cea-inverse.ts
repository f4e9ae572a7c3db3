import { alignment } from './alignment.ts';

/** Every unordered pair of different classes, pulled together, to remove what distinguishes the classes. */
export const ceaInverse = alignment({
  name: 'cea-inverse',
  tasks: [{ field: 'first', rule: { pools: ['batch'], take: 'all', different: 1 } }],
});
