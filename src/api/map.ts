import { HarnessError, option } from '../errors.ts';
import type { MapDrawing } from '../experiment/map-drawing.ts';
import { mapExperiment } from '../experiment/map.ts';
import { resolveMap } from '../experiment/resolve/resolve-map.ts';
import { withApiNames } from './option-names.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { onDevice } from './device.ts';
import { checkedRequest, openOptions } from './options.ts';
import type { MapOptions } from './requests.ts';

/** How maps are made: they are returned, and not written to files. */
export type MapExperimentOptions = Omit<ExperimentOptions, 'out' | 'policy' | 'shard'>;

/** Result of `map`. */
export interface MapResult {
  /** By method, then encoder, then dataset. */
  readonly maps: readonly MapDrawing[];
  /** Human-readable only: warnings, and findings about the files. */
  readonly notes: readonly string[];
}

const OF_RESULTS = ['out', 'policy', 'shard'] as const;

/**
 * Projects the vectors of frozen encoders to 2D (t-SNE, UMAP). The same as `bench map`. Rejects as `run` does, and with DATA for too few
 * texts.
 */
export function map(request: MapOptions, options: MapExperimentOptions = {}): Promise<MapResult> {
  return withApiNames(async () => {
    const written = OF_RESULTS.find((name) => (options as ExperimentOptions)[name] !== undefined);
    if (written !== undefined) {
      throw new HarnessError('OPTION', {
        where: option(written),
        what: 'Maps are returned, not written to files.',
        hint: 'Omit it.',
      });
    }
    const checked = checkedRequest('map', request);
    const opened = openOptions('map', options, checked);
    const asked = await onDevice(checked, opened);
    const experiment = resolveMap(asked, opened.workspace, opened.resources);
    const { result } = await opened.run((host) => mapExperiment(experiment, host));
    return { maps: result, notes: opened.notes() };
  });
}
