import type { MapGrid } from '../src/report/picture/map-grid.ts';

/** A picture to be written. */
export interface NamedGrid {
  /** File name without its ending. */
  readonly name: string;
  readonly grid: MapGrid;
}
