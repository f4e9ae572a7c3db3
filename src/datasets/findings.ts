import { option } from '../errors.ts';
import type { Example } from './dataset.ts';
import { Faults } from './faults.ts';
import { unifyLabels, type Unified } from './labels.ts';
import type { ReaderParams } from './reader.ts';

/** What leaves rows out that cannot be used. */
export const SKIP_INVALID = option('skipInvalid');

/** More files, and more sentences, say no more. */
const FILES_NAMED = 3;

export interface FinishParams {
  /** Go on without rows that cannot be used. */
  readonly skipInvalid: boolean;
  /** Labels are names of classes in a user's own tables, which may be spelled in several ways. */
  readonly names: boolean;
  /** How many they are. */
  readonly files: number;
}

/** Takes what readers find out about the files of a dataset. */
export class Findings {
  readonly #files = new Map<string, Set<string>>();
  readonly #faults = new Faults();
  #booleans = false;

  /** For a reader's parameters. */
  readonly takers: Required<Pick<ReaderParams, 'note' | 'fault' | 'booleans'>> = {
    note: (sentence, file) => {
      const files = this.#files.get(sentence) ?? new Set();
      this.#files.set(sentence, file === undefined ? files : files.add(file));
    },
    fault: (file, fault) => this.#faults.add(file, fault),
    booleans: () => {
      this.#booleans = true;
    },
  };

  /** What was found out, a sentence each, behind the names of the files that it is about. */
  get notes(): string[] {
    return [...this.#files].map(([sentence, names]) => {
      const files = [...names];
      const more = files.length > FILES_NAMED ? `, and ${files.length - FILES_NAMED} more` : '';
      return files.length === 0 ? sentence : `${files.slice(0, FILES_NAMED).join(', ')}${more}: ${sentence}`;
    });
  }

  /**
   * The examples with the labels of one dataset. Throws FORMAT with all rows that cannot be used, unless they are skipped and some are
   * left.
   */
  finish(examples: readonly Example[], { skipInvalid, names, files }: FinishParams): Unified {
    const { count } = this.#faults;
    if (count > 0 && (!skipInvalid || examples.length === 0)) {
      throw this.#faults.error({ usable: examples.length, by: skipInvalid ? undefined : SKIP_INVALID });
    }
    const unified = names ? unifyLabels(examples, { booleans: this.#booleans }) : { examples, notes: [] };
    return {
      examples: unified.examples,
      notes: [...this.notes, ...(count > 0 ? [this.#faults.note({ usable: examples.length, files })] : []), ...unified.notes],
    };
  }

  /** Throws FORMAT with all rows that could not be used. */
  check(usable: number): void {
    if (this.#faults.count > 0) throw this.#faults.error({ usable, by: undefined });
  }
}
