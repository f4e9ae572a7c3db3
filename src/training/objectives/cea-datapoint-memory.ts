import { alignment } from './alignment.ts';

/** As cea-memory, but a text is remembered for each class instead of its vector: it is embedded again with the batch, with gradient. */
export const ceaDatapointMemory = alignment({
  name: 'cea-datapoint-memory',
  memory: 'rows',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'one', same: 1, different: 0 } }],
});
