import { alignment } from './alignment.ts';

/** Every unordered pair of different classes, drawn together: what a class has of its own shall be lost. */
export const ceaInverse = alignment({
  name: 'cea-inverse',
  tasks: [{ field: 'first', rule: { pools: ['batch'], take: 'all', different: 1 } }],
});
