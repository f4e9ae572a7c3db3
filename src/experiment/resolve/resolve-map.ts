import { HarnessError, option } from '../../errors.ts';
import { MOST_TSNE_TEXTS } from '../../maps/projection.ts';
import type { Registries } from '../../registry/registries.ts';
import { chosenDatasets, chosenEncoders, openingOf, readingOf } from '../named-refs.ts';
import type { MapRequest } from '../request.ts';
import type { MapExperiment, Resources } from './experiment.ts';
import { promptsOf } from './named.ts';
import { unique } from './values.ts';

/** @throws HarnessError OPTION, UNKNOWN_NAME */
export function resolveMap(request: MapRequest, registries: Registries, resources: Resources): MapExperiment {
  const { pooling, dim, sample, seed, k } = request;
  if (request.method.includes('tsne') && sample > MOST_TSNE_TEXTS) {
    throw new HarnessError('OPTION', {
      where: option('sample'),
      what: `t-SNE takes at most ${MOST_TSNE_TEXTS} texts, got ${sample}.`,
      hint: `Give a smaller ${option('sample')}, or ${option('method')} umap.`,
    });
  }
  const { list, concat } = chosenEncoders(request, registries);
  return {
    command: 'map',
    encoders: list,
    concat,
    datasets: chosenDatasets(request, registries),
    reading: { ...readingOf(request, seed), labels: 'first', limit: sample },
    opening: openingOf(request),
    ...promptsOf(request),
    methods: unique(request.method),
    settings: { pooling, ...(dim !== undefined && { dim }), sample, seed, k, ...resources },
  };
}
