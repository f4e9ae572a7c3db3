import type { Options } from 'yargs';

/** What yargs made of the command line. */
export type Arguments = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Where a verb writes: results to `out`, progress and warnings to `err`. */
export interface Terminal {
  /** The words behind `bench`, as they were typed. */
  readonly typed: readonly string[];
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  /** Columns of `out`; undefined where it is no terminal. */
  readonly width: number | undefined;
  readonly color: boolean;
}

/** A verb of the command line. Its option table is parser and help at once. */
export interface Verb {
  readonly summary: string;
  /** Positional words, as the help shows them: `<FILE> [REV]`. */
  readonly usage?: string | undefined;
  readonly options: Readonly<Record<string, Options>>;
  /** Command, and what it is for. */
  readonly examples: readonly (readonly [string, string])[];
  /** Returns the exit status. A HarnessError thrown is printed as one line, and ends with status 2. */
  run(argv: Arguments, terminal: Terminal): Promise<number>;
}
