import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn, type PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, option } from '../errors.ts';

/** Prompts requested; undefined, or one undefined entry: the encoder's default prompt. */
export type Prompts = readonly PromptChoice[] | undefined;

export function eachPrompt(prompts: Prompts): readonly (PromptChoice | undefined)[] {
  return prompts ?? [undefined];
}

/** An encoder that cannot be used with a prompt. */
export interface Unprompted {
  readonly encoder: string;
  readonly prompt: PromptChoice;
  readonly error: HarnessError;
}

/** The error if an encoder does not know a prompt, or has no room for it; undefined for any other error. */
export function promptError(error: unknown): HarnessError | undefined {
  return error instanceof HarnessError && error.code === 'OPTION' && error.complaint.where === option('prompts') ? error : undefined;
}

/** A prompt as a failure shows it: undefined if none. */
export function promptWord(prompt: PromptChoice | undefined): string | undefined {
  return promptColumn(prompt) || undefined;
}

/**
 * A prompt that one of several encoders lacks is a failure of that encoder; one that all lack is an error. Throws OPTION if no encoder can
 * be used with a prompt. `encoders`: how many were opened.
 */
export function checkPrompts(unprompted: readonly Unprompted[], encoders: number): void {
  const columns = new Set(unprompted.map(({ prompt }) => promptColumn(prompt)));
  for (const column of columns) {
    const own = unprompted.filter(({ prompt }) => promptColumn(prompt) === column);
    if (own.length < encoders) continue;
    const [{ error }] = own as [Unprompted];
    if (own.length === 1) throw error;
    throw new HarnessError('OPTION', {
      where: option('prompts'),
      what: `${column} does not fit any of the encoders. ${own.map((each) => each.error.complaint.what).join(' ')}`,
      hint: error.complaint.hint,
    });
  }
}

/** The encoder with each prompt, or the reason why it cannot be used with it. */
export function promptedWith<T extends { readonly encoder: Encoder }>(
  opened: T,
  prompts: Prompts,
  withPrompt: (opened: T, prompt: PromptChoice) => T,
): ({ readonly prompt: PromptChoice | undefined } & ({ readonly opened: T } | { readonly error: HarnessError }))[] {
  return eachPrompt(prompts).map((prompt) => {
    if (prompt === undefined) return { prompt, opened };
    try {
      return { prompt, opened: withPrompt(opened, prompt) };
    } catch (error) {
      const found = promptError(error);
      if (found === undefined) throw error;
      return { prompt, error: found };
    }
  });
}
