import { statSync } from 'node:fs';

/** What is copied or downloaded together has times that lie nearer. */
const LATER_MS = 600_000;

/** Whether a file was written after another one, by more than files of one copy or download differ. */
export function isLater(file: string, than: string): boolean {
  return statSync(file).mtimeMs > statSync(than).mtimeMs + LATER_MS;
}
