import { alignment } from './alignment.ts';

/** As cea-memory-all-negatives, with texts kept for vectors: a step embeds up to one text a class beside the batch. */
export const ceaDatapointMemoryAllNegatives = alignment({
  name: 'cea-datapoint-memory-all-negatives',
  memory: 'rows',
  tasks: [{ field: 'first', rule: { pools: ['memory', 'batch'], take: 'all', same: 1, different: 0 } }],
});
