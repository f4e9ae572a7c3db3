import type { MapDrawing } from '../experiment/job.ts';
import { mapExperiment } from '../experiment/map.ts';
import type { RequestInput } from '../experiment/read-request.ts';
import { resolveMap } from '../experiment/resolve.ts';
import { calledHere } from './called.ts';
import { askedFor, openOptions, type ExperimentOptions } from './options.ts';

export type MapOptions = Omit<RequestInput<'map'>, 'command'>;
export type { MapDrawing };

export interface MapResult {
  /** Method by method, encoder by encoder, dataset by dataset. */
  readonly maps: readonly MapDrawing[];
  readonly notes: readonly string[];
}

/** Puts the vectors of frozen encoders into the plane (t-SNE, UMAP): what `bench map` draws. Throws as `run` does. */
export function map(request: MapOptions, options: Omit<ExperimentOptions, 'out' | 'policy' | 'shard'> = {}): Promise<MapResult> {
  return calledHere(async () => {
    const asked = askedFor('map', request);
    const opened = openOptions('map', options, asked);
    const experiment = resolveMap(asked, opened.workspace, opened.resources);
    const { result } = await opened.run((host) => mapExperiment(experiment, host));
    return { maps: result, notes: opened.notes() };
  });
}
