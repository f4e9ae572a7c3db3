import { HarnessError } from '../errors.ts';

/** Why rows are invalid, as worded in notes: `3 rows without a label`. */
export const FAULTS = {
  text: 'without a text',
  label: 'without a valid label',
  target: 'without a numeric target',
  pair: 'without a second text',
  split: 'of an unknown split',
  bytes: 'with bytes that are invalid in the encoding',
  zero: 'with a NUL character',
  half: 'with an unpaired surrogate',
  fields: 'with a different number of fields from the header',
  json: 'that are not JSON objects',
  columns: 'with a different number of columns from the first row',
  words: 'without a list of words',
  tags: 'without a list of tags',
  word: 'with an invalid word',
  tag: 'with an untagged word',
  lengths: 'with different numbers of tags and words',
  order: 'with words numbered out of order',
} as const;
export type FaultKind = keyof typeof FAULTS;

/** An invalid row. */
export interface Fault {
  readonly kind: FaultKind;
  /** Line of the file, or its equivalent: `row 7`. */
  readonly at: number | string;
  /** A sentence. */
  readonly what: string;
  readonly hint?: string | undefined;
}

/** The error for an invalid row. `at` is a line number, or its equivalent: `row 7`. */
export function badRow(file: { readonly name: string }, at: number | string, what: string, hint?: string): HarnessError {
  return new HarnessError('FORMAT', { where: typeof at === 'number' ? `${file.name}:${at}` : `${file.name}: ${at}`, what, hint });
}

/** Maximum rows listed; the others are counted. */
const NAMED = 3;

/** Counts invalid rows, in bounded memory. */
export class Faults {
  readonly #first: { readonly file: string; readonly fault: Fault }[] = [];
  readonly #counts = new Map<FaultKind, number>();
  readonly #files = new Set<string>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(file: { readonly name: string }, fault: Fault): void {
    this.#count++;
    this.#counts.set(fault.kind, (this.#counts.get(fault.kind) ?? 0) + 1);
    if (this.#files.size <= 1) this.#files.add(file.name);
    if (this.#first.length < NAMED) this.#first.push({ file: file.name, fault });
  }

  /** One error for all of them. `by`: the option that skips them, if any. */
  error({ usable, by }: { usable: number; by: string | undefined }): HarnessError {
    const [{ file, fault }] = this.#first as [{ file: string; fault: Fault }];
    const without = (them: string) => (by === undefined ? undefined : `${by} skips ${them}.`);
    if (this.#count === 1) {
      return badRow(
        { name: file },
        fault.at,
        fault.what,
        [fault.hint, without('it')].filter((part) => part !== undefined).join(' ') || undefined,
      );
    }
    // One hint per kind, with the row that it is about.
    const hints = new Map(
      this.#first.toReversed().flatMap(({ fault: { kind, hint } }) => (hint === undefined ? [] : [[kind, hint] as const])),
    );
    return new HarnessError('FORMAT', {
      where: this.#files.size === 1 ? file : undefined,
      what: `${this.#count} of ${this.#count + usable} rows are invalid: ${this.#named()}.`,
      hint: [...hints.values(), without('them')].filter((part) => part !== undefined).join(' ') || undefined,
    });
  }

  /** Note on skipped rows. `files`: number of files of the dataset; with several, each row is shown with its file. */
  note({ usable, files }: { usable: number; files: number }): string {
    const reasons = [...this.#counts].map(([kind, count]) => `${count} ${FAULTS[kind]}`).join(', ');
    return `${this.#count} of ${this.#count + usable} rows skipped (${reasons}): ${this.#named(files === 1)}.`;
  }

  #named(oneFile = this.#files.size === 1): string {
    const named = this.#first.map(({ file, fault: { at, what } }) => {
      const place = typeof at === 'number' ? (oneFile ? `line ${at}` : `${file}:${at}`) : oneFile ? at : `${file} ${at}`;
      return `${place} (${what.replace(/\.$/, '')})`;
    });
    return `${named.join(', ')}${this.#count > NAMED ? `, and ${this.#count - NAMED} more` : ''}`;
  }
}
