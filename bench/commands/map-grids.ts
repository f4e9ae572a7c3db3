import type { MapDrawing } from '../../src/experiment/job.ts';
import type { MapExperiment } from '../../src/experiment/resolve/experiment.ts';
import type { TrainedMapRow, TrainedMaps } from '../../src/experiment/trained-maps.ts';
import { rankedName } from '../../src/estimators/ranked.ts';
import { METHOD_TITLES } from '../../src/maps/projection.ts';
import type { MapGrid, MapPanel } from '../../src/report/picture/map-grid.ts';
import { datasetTitle, encoderTitle, type Titles } from '../../src/report/titles.ts';
import { objectiveTitle } from '../../src/report/words.ts';

/** A plot to be written. */
export interface NamedGrid {
  /** File name without extension. */
  readonly name: string;
  readonly grid: MapGrid;
}

/** Frozen encoders (rows) x datasets (columns), one grid per method. Plots are in that order. */
export function frozenGrids({ datasets, methods, settings }: MapExperiment, drawings: readonly MapDrawing[], titles: Titles): NamedGrid[] {
  const { pooling, dim, sample, k } = settings;
  return methods.map((method) => {
    const own = drawings.filter((drawing) => drawing.method === method);
    const rows = Array.from({ length: own.length / datasets.length }, (_, r) => own.slice(r * datasets.length, (r + 1) * datasets.length));
    return {
      name: `frozen-${pooling}${dim === undefined ? '' : `-${dim}`}-${method}`,
      grid: {
        title: `${METHOD_TITLES[method]} of frozen encoders`,
        subtitle: `${pooling} vectors${dim === undefined ? '' : ` (their first ${dim} numbers)`} of up to ${sample} texts each; below: micro-F1 of ${k} neighbours, leave-one-out`,
        rows: rows.map(([first]) => rankedName(first!, encoderTitle(titles, first!.encoder))),
        columns: own.slice(0, datasets.length).map(({ dataset }) => datasetTitle(titles, dataset)),
        panels: rows.map((row) => row.map(panelOf)),
        legends: 'columns',
      },
    };
  });
}

function panelOf({ layout, labels, classes, field, caption }: MapDrawing): MapPanel {
  return { layout: Float64Array.from(layout), labels: Int32Array.from(labels), names: classes, field, caption };
}

/** Training runs (rows) x epochs (columns). `k`: number of neighbours for the scores below. */
export function trainedGrid(
  { encoder, dataset, method, epochs, poolings, texts, rows }: TrainedMaps,
  titles: Titles,
  k: number,
): NamedGrid {
  return {
    name: `${encoder}-${dataset}-${method}`,
    grid: {
      title: `${encoderTitle(titles, encoder)} trained on ${datasetTitle(titles, dataset)}: ${METHOD_TITLES[method]}`,
      subtitle: `${poolings.join(', ')} vectors of the same ${texts} texts; below: micro-F1 of ${k} neighbours in train`,
      rows: rows.map((row) => rowTitle(row, rows)),
      columns: epochs.map((epoch) => (epoch === 0 ? 'before training' : `epoch ${epoch}`)),
      panels: rows.map(({ panels }) => panels),
      legends: 'rows',
    },
  };
}

/** Contains only what distinguishes the rows. */
function rowTitle({ run, prompt, field, fields }: TrainedMapRow, rows: readonly TrainedMapRow[]): string {
  const same = rows.filter((row) => row.run.objective === run.objective && row.prompt === prompt);
  const seed = new Set(rows.map((row) => row.run.seed)).size > 1 ? ` seed ${run.seed}` : '';
  const under = prompt !== undefined && rows.some((row) => row.prompt !== prompt) ? ` prompt ${prompt}` : '';
  const hash = same.some((row) => row.run !== run && row.run.seed === run.seed) ? ` ${run.hash}` : '';
  return `${objectiveTitle(run.objective)}${seed}${under}${hash}${fields > 1 ? `: ${field}` : ''}`;
}
