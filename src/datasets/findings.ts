import { option } from '../errors.ts';
import type { Example } from './dataset.ts';
import { Faults } from './faults.ts';
import { unifyLabels, type Unified } from './labels.ts';
import type { ReaderParams } from './reader.ts';

/** Option that skips invalid rows. */
export const SKIP_INVALID = option('skipInvalid');

/** Maximum files, and sentences, listed. */
const FILES_NAMED = 3;

export interface FinishParams {
  /** Skip invalid rows. */
  readonly skipInvalid: boolean;
  /** Labels are class names in the user's own tables, with possible spelling variants. */
  readonly names: boolean;
  /** Number of files. */
  readonly files: number;
}

/** Collects the findings of readers about the files of a dataset. */
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

  /** The findings, one sentence each, after the names of the files concerned. */
  get notes(): string[] {
    return [...this.#files].map(([sentence, names]) => {
      const files = [...names];
      const more = files.length > FILES_NAMED ? `, and ${files.length - FILES_NAMED} more` : '';
      return files.length === 0 ? sentence : `${files.slice(0, FILES_NAMED).join(', ')}${more}: ${sentence}`;
    });
  }

  /** The examples with unified labels. Throws FORMAT with all invalid rows, unless they are skipped and some rows are left. */
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

  /** Throws FORMAT with all invalid rows. */
  check(usable: number): void {
    if (this.#faults.count > 0) throw this.#faults.error({ usable, by: undefined });
  }
}
