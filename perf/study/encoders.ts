import { bertFolder, mpnetFolder } from '../weights.ts';

/** An encoder of the study, and where to fetch its weights. */
export interface StudyEncoder {
  readonly name: string;
  /** Those of layer 1 are trained before all others. */
  readonly layer: 1 | 2 | 3;
  /** Made for another language than that of the data. */
  readonly foreign?: true;
  readonly folder: () => string;
}

/** From the fastest to the slowest to train. bge-small-zh-v1.5 is made for Chinese, but the data is English. */
export const STUDY_ENCODERS: readonly StudyEncoder[] = [
  { name: 'paraphrase-MiniLM-L3-v2', layer: 1, folder: () => bertFolder('paraphrase-MiniLM-L3-v2') },
  { name: 'bge-small-zh-v1.5', layer: 1, foreign: true, folder: () => bertFolder('bge-small-zh-v1.5') },
  { name: 'all-MiniLM-L6-v2', layer: 1, folder: () => bertFolder('all-MiniLM-L6-v2') },
  { name: 'bge-small-en-v1.5', layer: 1, folder: () => bertFolder('bge-small-en-v1.5') },
  { name: 'e5-small-v2', layer: 2, folder: () => bertFolder('e5-small-v2') },
  { name: 'bge-small-en', layer: 2, folder: () => bertFolder('bge-small-en') },
  { name: 'all-mpnet-base-v2', layer: 3, folder: mpnetFolder },
];

/** Whether an encoder was made for another language than that of the data. */
export function isForeign(encoder: string): boolean {
  return STUDY_ENCODERS.some(({ name, foreign }) => name === encoder && foreign === true);
}
