import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn, type PromptChoice } from '../encoders/prompts.ts';
import { HarnessError, option } from '../errors.ts';

/** Prompts that are asked for; one that is undefined, where none is named: what an encoder's makers put there. */
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

/** The error of an encoder that does not know a prompt, or has no room for it; undefined for any other. */
export function promptError(error: unknown): HarnessError | undefined {
  return error instanceof HarnessError && error.code === 'OPTION' && error.complaint.where === option('prompts') ? error : undefined;
}

/** A prompt as a failure says it: undefined where there is none. */
export function promptWord(prompt: PromptChoice | undefined): string | undefined {
  return promptColumn(prompt) || undefined;
}

/**
 * What one encoder of several lacks is a failure of its own; what all of them lack is a mistake. Throws OPTION where no encoder can be used
 * with a prompt. `encoders`: how many were opened.
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

/** The encoder with each prompt, or why it cannot be had with it. */
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
