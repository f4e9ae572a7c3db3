import { Tensor } from '../graph/runtime.ts';
import type { Chunk } from './chunks.ts';
import { UPSTREAM } from './encoder-step.ts';
import type { BatchRequest, BatchResult, PassParts } from './fused-pass.ts';
import { encoderGradients } from './gradients.ts';
import { gradientOutputs, withOutputs } from './step-model.ts';
import { tensorsOf } from './tensors.ts';
import { vectorsIn, type TokenText } from './text-batch.ts';

/**
 * Gradient caching (Gao et al. 2021): vectors of all chunks without gradients, the loss and its gradient with respect to the vectors, then
 * each chunk again, forward and backward, with the same dropout. A step holds only one chunk at a time, however many texts the loss
 * compares.
 */
export async function cachedPass(
  { graphs, gradients }: PassParts,
  { texts, feeds, step }: BatchRequest,
  chunks: readonly Chunk[],
): Promise<BatchResult> {
  const { width } = graphs.short;
  const places = placesOf(texts);
  const rows = places.at(-1)!;
  const vectors = new Float32Array(rows * width);
  for (const [i, chunk] of chunks.entries()) {
    const own = await graphs.of(chunk.long);
    const session = await graphs.open(`forward ${chunk.long}`, () => withOutputs(own.proto, [own.vectors]));
    const outputs = await graphs.sessions.run(session, {
      feeds: graphs.textFeeds(
        chunk.texts.map((text) => texts[text]!),
        { own, step, chunk: i },
      ),
      fetches: { [own.vectors]: null },
    });
    const data = outputs[own.vectors]!.data as Float32Array;
    let at = 0;
    for (const text of chunk.texts) {
      const size = (places[text + 1]! - places[text]!) * width;
      vectors.set(data.subarray(at, at + size), places[text]! * width);
      at += size;
    }
  }

  const { model: lossModel, loss, vectors: input, vectorGradient, parameterGradients } = graphs.loss;
  const target = gradients.target({ dense: [...parameterGradients], rows: [] });
  const answer = await graphs.sessions.run(await graphs.sessions.open('loss', () => lossModel, target.resident), {
    feeds: { [input]: new Tensor('float32', vectors, [rows, width]), ...tensorsOf(feeds) },
    fetches: { [loss]: null, [vectorGradient]: null, ...target.fetches },
  });
  await target.take(answer);
  const upstream = answer[vectorGradient]!.data as Float32Array;

  for (const [i, chunk] of chunks.entries()) {
    const own = await graphs.of(chunk.long);
    const ofChunk = gradients.target(encoderGradients(own));
    const model = () => withOutputs(own.proto, gradientOutputs(own));
    const session = await graphs.open(`backward ${chunk.long}`, model, ofChunk.resident);
    const count = chunk.texts.reduce((sum, text) => sum + places[text + 1]! - places[text]!, 0);
    const part = new Float32Array(count * width);
    let at = 0;
    for (const text of chunk.texts) {
      part.set(upstream.subarray(places[text]! * width, places[text + 1]! * width), at);
      at += (places[text + 1]! - places[text]!) * width;
    }
    const outputs = await graphs.sessions.run(session, {
      feeds: {
        ...graphs.textFeeds(
          chunk.texts.map((text) => texts[text]!),
          { own, step, chunk: i },
        ),
        [UPSTREAM]: new Tensor('float32', part, [count, width]),
      },
      fetches: ofChunk.fetches,
    });
    await ofChunk.take(outputs);
  }
  return { loss: (answer[loss]!.data as Float32Array)[0]!, vectors };
}

/** [texts + 1] start of each text's vectors among all. */
function placesOf(texts: readonly TokenText[]): number[] {
  const places = [0];
  for (const text of texts) places.push(places.at(-1)! + vectorsIn(text));
  return places;
}
