import type { Datasets } from './datasets.ts';
import type { Models } from './models.ts';

/** The registries that names of encoders and datasets are looked up in. */
export interface Registries {
  readonly models: Models;
  readonly datasets: Datasets;
}
