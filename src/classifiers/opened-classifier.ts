import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT, type PromptChoice } from '../encoders/prompts.ts';
import type { Classifier } from './classifier.ts';
import { brokenModel } from './broken-model.ts';
import type { ClassifierRecord } from './record.ts';

/** How the encoder of a classifier's folder is opened: as when it was saved, regardless of its other files. */
export function openingOf({ maxLength, prompt }: ClassifierRecord): { readonly maxLength: number; readonly prompt: PromptChoice } {
  return { maxLength: maxLength ?? Infinity, prompt: prompt === undefined ? NO_PROMPT : { kind: 'text', text: prompt.text } };
}

/** Throws FORMAT if the encoder in the folder does not support the saved settings. */
export function checkOpened({ name, record: { maxLength } }: Classifier, encoder: Pick<Encoder, 'maxLength'>): void {
  if (maxLength === null || encoder.maxLength >= maxLength) return;
  throw brokenModel(name, `Its texts are cut after ${maxLength} tokens, and its encoder takes ${encoder.maxLength}.`);
}
