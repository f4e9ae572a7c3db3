import { datasetOptions, encoderOptions } from '../../src/experiment/request.ts';
import { flagOf, flagsOf } from './table.ts';
import { RESOURCE_OPTIONS, SOURCE_OPTIONS } from './options.ts';

/**
 * What a message of src calls an option as programs do, `labelColumn` in backticks, the command line calls by its flag. Other words in
 * backticks stay.
 */
export function asFlags(text: string, known: ReadonlySet<string>): string {
  return text.replace(MARK, (mark, name: string) => {
    const flag = flagOf(name);
    return known.has(flag) ? `--${flag}` : mark;
  });
}

const MARK = /`([a-z][A-Za-z0-9]*)`/g;

/** Whether a word in backticks is left, which may be a flag that is not known yet. */
export function hasMarks(text: string): boolean {
  return text.search(MARK) >= 0;
}

/** Those of the running command, and of all: what is said of encoders and datasets may name one that the command itself does not take. */
const flags = new Set(Object.keys({ ...SOURCE_OPTIONS, ...RESOURCE_OPTIONS, ...flagsOf(encoderOptions), ...flagsOf(datasetOptions) }));

/** Takes the option table of a command for what `flagged` knows. */
export function knowFlags(options: object): void {
  for (const flag of Object.keys(options)) flags.add(flag);
}

/** A message for who typed the command: with flags. */
export function flagged(text: string): string {
  return asFlags(text, flags);
}

/** Failures whose reasons name flags. */
export function flaggedReasons<T extends { readonly reason: string }>(failures: readonly T[]): T[] {
  return failures.map((failure) => ({ ...failure, reason: flagged(failure.reason) }));
}
