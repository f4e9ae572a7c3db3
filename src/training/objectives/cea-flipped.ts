import { alignment } from './alignment.ts';

/** Every unordered pair of the same class, pushed apart. */
export const ceaFlipped = alignment({ name: 'cea-flipped', tasks: [{ field: 'first', rule: { pools: ['batch'], take: 'all', same: 0 } }] });
