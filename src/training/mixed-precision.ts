import type { Device } from '../devices/device.ts';
import { halfProducts } from '../graph/half-products.ts';
import type { ModelProto } from '../graph/onnx_pb.ts';
import { LOSS_NODES } from './step-model.ts';

/**
 * Factor on gradients in mixed precision (Micikevicius et al. 2018), so that small ones are not lost below float16's smallest number, 6e-8;
 * they stay far below its largest, 65504. It is undone before clipping.
 */
export const LOSS_SCALE = 1024;

/** A graph of the encoder's passes with its products in float16. The loss, and a head's product, stay in float32. Changes the model. */
export function inHalves(model: ModelProto, device: Device): ModelProto {
  halfProducts(model, { isHalf: ({ output: [result] }) => !result!.startsWith(LOSS_NODES), emulated: device === 'cpu' });
  return model;
}
