import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn } from '../encoders/prompts.ts';
import type { RankedEncoder } from '../estimators/ranked.ts';
import type { CostRow } from '../results/costs.ts';
import { fixed } from '../results/format.ts';
import { deviceColumn, limitWord } from './rows.ts';

/** The row of costs.csv; undefined if nothing was measured because every vector came from the store. */
export function costRow(
  { name, dtype, maxLength, prompt, device }: Encoder,
  dataset: string,
  { parameters, textMs, timedTexts, tokensPerSecond, memoryBytes }: RankedEncoder,
): CostRow | undefined {
  if (textMs === undefined) return undefined;
  return {
    encoder: name,
    dataset,
    dtype,
    parameters: String(parameters),
    text_ms: fixed(textMs, 3),
    tokens_per_second: fixed(tokensPerSecond!, 0),
    memory_mb: fixed(memoryBytes! / 1e6, 0),
    max_length: limitWord(maxLength),
    texts: String(timedTexts ?? 0),
    prompt: promptColumn(prompt),
    device: deviceColumn(device),
  };
}
