import { flagged } from '../flags/flag-names.ts';

/** What was warned of, as it was said. */
export interface Noted {
  /** Says a warning, and keeps it. */
  readonly warn: (line: string) => void;
  readonly notes: readonly string[];
}

/** Warnings that are said to a person, and kept for what programs read of them; each once. */
export function noted(say: (line: string) => void): Noted {
  const notes = new Set<string>();
  return {
    warn: (line) => {
      const named = flagged(line);
      notes.add(named);
      say(named);
    },
    get notes() {
      return [...notes];
    },
  };
}
