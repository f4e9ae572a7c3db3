import { flagged } from '../flags/flag-names.ts';

/** Warnings as they were printed. */
export interface Noted {
  /** Prints a warning, and keeps it. */
  readonly warn: (line: string) => void;
  /** Keeps a warning without printing it. */
  readonly note: (line: string) => void;
  readonly notes: readonly string[];
}

/** Warnings that are printed, and kept for machine-readable output; each once. */
export function noted(say: (line: string) => void): Noted {
  const notes = new Set<string>();
  return {
    warn: (line) => {
      const named = flagged(line);
      notes.add(named);
      say(named);
    },
    note: (line) => void notes.add(flagged(line)),
    get notes() {
      return [...notes];
    },
  };
}
