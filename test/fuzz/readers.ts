import type { FuzzReader } from './reader.ts';
import { adapters } from './readers/adapters.ts';
import { archives } from './readers/archives.ts';
import { corpora } from './readers/corpora.ts';
import { encoders } from './readers/encoders.ts';
import { hubDatasets } from './readers/hub-datasets.ts';
import { registries } from './readers/registries.ts';
import { results } from './readers/results.ts';
import { tokenizers } from './readers/tokenizers.ts';
import { userFiles } from './readers/user-files.ts';
import { weights } from './readers/weights.ts';

/** Every reader of untrusted bytes. */
export const READERS: Readonly<Record<string, FuzzReader>> = {
  ...userFiles,
  ...hubDatasets,
  ...corpora,
  ...archives,
  ...weights,
  ...adapters,
  ...encoders,
  ...tokenizers,
  ...registries,
  ...results,
};
