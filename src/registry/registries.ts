import type { Datasets } from './datasets.ts';
import type { Models } from './models.ts';

/** What names of encoders and datasets stand for. */
export interface Registries {
  readonly models: Models;
  readonly datasets: Datasets;
}
