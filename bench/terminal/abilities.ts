import { listedFamily } from '../../src/encoders/families/listed.ts';
import type { ModelEntry, ModelVariant } from '../../src/registry/schema.ts';

/** What an encoder supports, for machine-readable tables: '' if unknown. */
export type Abilities = Readonly<Record<'opened' | 'trained' | 'exported', string>>;

/** What a variant supports: any ONNX file can be opened and trained; for checkpoints the family decides. '' if unknown. */
export function abilitiesOf({ family }: ModelEntry, variant?: ModelVariant): Abilities {
  if (variant?.onnx !== undefined) return { opened: 'true', trained: 'true', exported: 'false' };
  if (variant === undefined || family === undefined) return { opened: '', trained: '', exported: '' };
  const { opened = false, trained = false, exported = false } = listedFamily(family) ?? {};
  return { opened: String(opened), trained: String(trained), exported: String(exported) };
}

/** The same, human-readable. */
export function abilityWords(can: Abilities): string {
  const words = (['opened', 'trained', 'exported'] as const).filter((ability) => can[ability] === 'true');
  return words.length > 0 ? words.join(', ') : can.opened === '' ? '' : 'not yet';
}

/** `1.9M`, `109M`, `7.1B`: parameters. */
export function sizeWords(count: number): string {
  const [size, unit] = count < 1e9 ? [count / 1e6, 'M'] : [count / 1e9, 'B'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)}${unit}`;
}
