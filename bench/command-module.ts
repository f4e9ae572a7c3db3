import type { Options } from 'yargs';

/** Command line as parsed by yargs. */
export type Arguments = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Where a command writes: results to `out`, progress and warnings to `err`. */
export interface Terminal {
  /** The arguments after `bench`, as typed. */
  readonly typed: readonly string[];
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  /** Columns of `out`; undefined if it is not a terminal. */
  readonly width: number | undefined;
  readonly color: boolean;
}

/** A command of the command line. Its option table is both parser and help. */
export interface CommandModule {
  readonly summary: string;
  /** Positional arguments, as the help shows them: `<FILE> [REV]`. */
  readonly usage?: string | undefined;
  readonly options: Readonly<Record<string, Options>>;
  /** Command, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Returns the exit status. A HarnessError thrown is printed as one line, and exits with status 2. */
  run(argv: Arguments, terminal: Terminal): Promise<number>;
}
