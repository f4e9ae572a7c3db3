import type { Objective, ObjectiveName } from './objective.ts';
import { ceaAllNegatives } from './objectives/cea-all-negatives.ts';
import { ceaDatapointMemoryAllNegatives } from './objectives/cea-datapoint-memory-all-negatives.ts';
import { ceaDatapointMemory } from './objectives/cea-datapoint-memory.ts';
import { ceaFlipped } from './objectives/cea-flipped.ts';
import { ceaInverse } from './objectives/cea-inverse.ts';
import { ceaMemoryAllNegatives } from './objectives/cea-memory-all-negatives.ts';
import { ceaMemory } from './objectives/cea-memory.ts';
import { ceaMixedMemory } from './objectives/cea-mixed-memory.ts';
import { ceaMultitask } from './objectives/cea-multitask.ts';
import { cea } from './objectives/cea.ts';
import { classic } from './objectives/classic.ts';
import { cosine } from './objectives/cosine.ts';
import { prototypes } from './objectives/prototypes.ts';
import { regression } from './objectives/regression.ts';
import { supcon } from './objectives/supcon.ts';
import { triplet } from './objectives/triplet.ts';

/** Every objective by its value of `--objective`. */
export const OBJECTIVES: Readonly<Record<ObjectiveName, Objective>> = {
  classic,
  cea,
  'cea-all-negatives': ceaAllNegatives,
  'cea-memory': ceaMemory,
  'cea-memory-all-negatives': ceaMemoryAllNegatives,
  'cea-mixed-memory': ceaMixedMemory,
  'cea-datapoint-memory': ceaDatapointMemory,
  'cea-datapoint-memory-all-negatives': ceaDatapointMemoryAllNegatives,
  'cea-inverse': ceaInverse,
  'cea-flipped': ceaFlipped,
  'cea-multitask': ceaMultitask,
  supcon,
  prototypes,
  triplet,
  regression,
  cosine,
};
