import { alignment } from './alignment.ts';

/** As cea-memory, but a text is kept for each class, not its vector: it is embedded anew with the batch, and gradients go through it. */
export const ceaDatapointMemory = alignment({
  name: 'cea-datapoint-memory',
  memory: 'rows',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'one', same: 1, different: 0 } }],
});
