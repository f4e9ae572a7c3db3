import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT, type PromptChoice } from '../encoders/prompts.ts';
import type { Classifier } from './classifier.ts';
import { brokenModel } from './broken-model.ts';
import type { ClassifierRecord } from './record.ts';

/** How the encoder of a classifier's folder is opened: as it was when it was saved, whatever else its files say. */
export function openingOf({ maxLength, prompt }: ClassifierRecord): { readonly maxLength: number; readonly prompt: PromptChoice } {
  return { maxLength: maxLength ?? Infinity, prompt: prompt === undefined ? NO_PROMPT : { kind: 'text', text: prompt.text } };
}

/** Throws FORMAT where the encoder that lies there cannot take what the classifier was saved with. */
export function checkOpened({ name, record: { maxLength } }: Classifier, encoder: Pick<Encoder, 'maxLength'>): void {
  if (maxLength === null || encoder.maxLength >= maxLength) return;
  throw brokenModel(name, `Its texts are cut after ${maxLength} tokens, and its encoder takes ${encoder.maxLength}.`);
}
