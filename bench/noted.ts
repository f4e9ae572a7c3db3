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
      notes.add(line);
      say(line);
    },
    get notes() {
      return [...notes];
    },
  };
}
