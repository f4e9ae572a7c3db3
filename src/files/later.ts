import { statSync } from 'node:fs';

/** Modification times of files that are copied or downloaded together differ by less. */
const LATER_MS = 600_000;

/** Whether a file was written after another, by more than the times within one copy or download differ. */
export function isLater(file: string, than: string): boolean {
  return statSync(file).mtimeMs > statSync(than).mtimeMs + LATER_MS;
}
