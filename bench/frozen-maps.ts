import type { MapDrawing } from '../src/experiment/job.ts';
import type { MapExperiment } from '../src/experiment/resolve.ts';
import { METHOD_TITLES } from '../src/maps/projection.ts';
import type { MapPanel } from '../src/report/picture/map-grid.ts';
import { datasetTitle, encoderTitle, type Titles } from '../src/report/titles.ts';
import type { NamedGrid } from './map-grid.ts';

/** Frozen encoders (rows) x datasets (columns), a grid for each method. Drawings are in that order. */
export function frozenGrids(
  { encoders, datasets, methods, settings }: MapExperiment,
  drawings: readonly MapDrawing[],
  titles: Titles,
): NamedGrid[] {
  const { pooling, sample, k } = settings;
  return methods.map((method) => {
    const own = drawings.filter((drawing) => drawing.method === method);
    return {
      name: `frozen-${pooling}-${method}`,
      grid: {
        title: `${METHOD_TITLES[method]} of frozen encoders`,
        subtitle: `${pooling} vectors of up to ${sample} texts each; below: micro-F1 of ${k} neighbours, leave-one-out`,
        rows: encoders.map(({ name }) => encoderTitle(titles, name)),
        columns: own.slice(0, datasets.length).map(({ dataset }) => datasetTitle(titles, dataset)),
        panels: encoders.map((_, r) => own.slice(r * datasets.length, (r + 1) * datasets.length).map(panelOf)),
        legends: 'columns',
      },
    };
  });
}

function panelOf({ layout, labels, classes, field, caption }: MapDrawing): MapPanel {
  return { layout: Float64Array.from(layout), labels: Int32Array.from(labels), names: classes, field, caption };
}
