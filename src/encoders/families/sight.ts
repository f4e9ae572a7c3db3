import { HarnessError } from '../../errors.ts';
import type { Config } from './config.ts';
import type { LayerType } from './layer-types.ts';

export interface ReachParams {
  /** `sliding_window`; undefined if there is none. */
  readonly window: number | undefined;
  readonly causal: boolean;
  readonly config: Config;
}

/**
 * Window of a type of layer; undefined: the whole text. A causal window includes the token itself; if `is_causal` is false it is the reach
 * on either side (transformers, masking_utils.py). Throws FORMAT if a layer has a window of unspecified width.
 */
export function decoderReach(type: LayerType, { window, causal, config }: ReachParams): number | undefined {
  if (type === 'full_attention') return undefined;
  if (window !== undefined) return causal ? window - 1 : window;
  throw new HarnessError('FORMAT', {
    where: `${config.file}: layer_types`,
    what: 'It has layers with a sliding window, but the window size is missing (sliding_window, use_sliding_window).',
    hint: 'Check the checkpoint.',
  });
}
