import type { OnnxModel } from './read.ts';
export async function toPlain(model: OnnxModel): Promise<{ model: OnnxModel; notes: string[] }> {
  return { model, notes: [] };
}
