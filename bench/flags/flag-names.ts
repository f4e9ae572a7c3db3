import { datasetOptions, deviceOptions, encoderOptions } from '../../src/experiment/request.ts';
import { flagOf, flagsOf } from './table.ts';
import { RESOURCE_OPTIONS, SOURCE_OPTIONS } from './options.ts';

/** Replaces option names as programs write them, `labelColumn` in backticks, by their flags. Other words in backticks stay. */
export function asFlags(text: string, known: ReadonlySet<string>): string {
  return text.replace(MARK, (mark, name: string) => {
    const flag = flagOf(name);
    return known.has(flag) ? `--${flag}` : mark;
  });
}

const MARK = /`([a-z][A-Za-z0-9]*)`/g;

/** Whether a word in backticks is left, which may be an unregistered flag. */
export function hasMarks(text: string): boolean {
  return text.search(MARK) >= 0;
}

/**
 * Flags of the running command, and common ones: a message about encoders or datasets may mention one that the command itself does not
 * take.
 */
const flags = new Set(
  Object.keys({
    ...SOURCE_OPTIONS,
    ...RESOURCE_OPTIONS,
    ...flagsOf(encoderOptions),
    ...flagsOf(deviceOptions),
    ...flagsOf(datasetOptions),
  }),
);

/** Fields of the request file that the running command was given: there it has these settings, not in flags. */
const fields = new Set<string>();

/** Registers the option table of a command for `flagged`. */
export function knowFlags(options: object): void {
  for (const flag of Object.keys(options)) flags.add(flag);
}

/** Registers the fields of a request file: `flagged` names them as the file does. Without one there are none. */
export function knowFields(names: readonly string[]): void {
  fields.clear();
  for (const name of names) fields.add(name);
}

/** A message for the command line: with flags. */
export function flagged(text: string): string {
  return asFlags(
    text.replace(MARK, (mark, name: string) => (fields.has(name) ? `"${name}"` : mark)),
    flags,
  );
}

/** Failures with flags in their reasons. */
export function flaggedReasons<T extends { readonly reason: string }>(failures: readonly T[]): T[] {
  return failures.map((failure) => ({ ...failure, reason: flagged(failure.reason) }));
}
