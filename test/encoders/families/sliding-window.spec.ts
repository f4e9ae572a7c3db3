import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../../src/graph/runtime.ts';
import { SlidingWindow, type SlidingWindowParams } from '../../../src/encoders/families/sliding-window.ts';
import { TextGraph, type GraphForm } from '../../../src/encoders/families/text-graph.ts';
import type { Weights } from '../../../src/encoders/families/weights.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../../../src/graph/onnx_pb.ts';
import { randomInts } from '../../../src/numeric/random.ts';

const HEADS = 2;
const SIZE = 2;
const WIDTH = HEADS * SIZE;
const TOLERANCE = 1e-6;
const PARTS = ['query', 'key', 'value'] as const;

interface Rows {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** Numbers from -2 to 2 for `count` tokens, [count, WIDTH] each. */
function draw(count: number): Rows {
  const next = randomInts(count);
  const rows = () => Float32Array.from({ length: count * WIDTH }, () => next(-2000, 2000) / 1000);
  return { query: rows(), key: rows(), value: rows() };
}

/** A graph of only the attention, which takes rows. */
async function sessionOf(form: GraphForm, params: SlidingWindowParams): Promise<InferenceSession> {
  // There is no checkpoint: this graph needs no weights.
  const graph = new TextGraph({ weights: undefined as unknown as Weights, form });
  const [query, key, value] = PARTS.map((name) => graph.builder.input(name, TensorProto_DataType.FLOAT, ['rows', WIDTH])) as [
    string,
    string,
    string,
  ];
  const attended = new SlidingWindow(graph, params).attention({ query, key, value, heads: HEADS, size: SIZE });
  graph.builder.output(attended, { name: 'attended', type: TensorProto_DataType.FLOAT, dims: ['rows', WIDTH] });
  return InferenceSession.create(toBinary(ModelProtoSchema, graph.builder.build()), { logSeverityLevel: 3 });
}

async function run(
  session: InferenceSession,
  { rows, texts, tokens, real = tokens }: { rows: Rows; texts: number; tokens: number; real?: number },
): Promise<Float32Array> {
  const integers = (value: (i: number) => number) =>
    new Tensor(
      'int64',
      BigInt64Array.from({ length: texts * tokens }, (_, i) => BigInt(value(i))),
      [texts, tokens],
    );
  const feeds: Record<string, Tensor> = { input_ids: integers(() => 0) };
  if (session.inputNames.includes('attention_mask')) feeds['attention_mask'] = integers((i) => (i % tokens < real ? 1 : 0));
  for (const part of PARTS) feeds[part] = new Tensor('float32', rows[part], [texts * tokens, WIDTH]);
  return (await session.run(feeds))['attended']!.data as Float32Array;
}

/** The definition, for one text of `tokens`, in float64: every pair of tokens is visited. */
function byDefinition(
  { query, key, value }: Rows,
  { reach, ahead = reach, first = false }: SlidingWindowParams,
  tokens: number,
): Float64Array {
  const out = new Float64Array(tokens * WIDTH);
  for (let head = 0; head < HEADS; head++) {
    const columns = Array.from({ length: SIZE }, (_, column) => head * SIZE + column);
    for (let i = 0; i < tokens; i++) {
      const seen = Array.from({ length: tokens }, (_, j) => j).filter((j) => (i - j <= reach && j - i <= ahead) || (first && j === 0));
      const weights = seen.map((j) =>
        Math.exp(columns.reduce((sum, c) => sum + query[i * WIDTH + c]! * key[j * WIDTH + c]!, 0) / Math.sqrt(SIZE)),
      );
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const c of columns) out[i * WIDTH + c] = seen.reduce((sum, j, at) => sum + (weights[at]! / total) * value[j * WIDTH + c]!, 0);
    }
  }
  return out;
}

function close(got: Float32Array, want: Float64Array, what: string): void {
  assert.ok(want.length <= got.length);
  const worst = want.reduce((most, each, i) => Math.max(most, Math.abs(each - got[i]!) || (Number.isNaN(got[i]) ? Infinity : 0)), 0);
  assert.ok(worst <= TOLERANCE, `${what}: differs by ${worst}`);
}

for (const form of ['fast', 'standard', 'even'] as const) {
  for (const first of [false, true]) {
    test(`${form}${first ? ', all seeing the first token' : ''}: every token sees its window, at every length of text`, async () => {
      for (const reach of [1, 2, 3, 5]) {
        const session = await sessionOf(form, { reach, first });
        for (let tokens = 1; tokens <= 34; tokens++) {
          const rows = draw(tokens);
          close(
            await run(session, { rows, texts: 1, tokens }),
            byDefinition(rows, { reach, first }, tokens),
            `reach ${reach}, ${tokens} tokens`,
          );
        }
        await session.release();
      }
    });
  }

  test(`${form}: a token of a decoder attends to itself and the tokens of its window before it, at every length of text`, async () => {
    for (const reach of [0, 1, 4]) {
      const session = await sessionOf(form, { reach, ahead: 0 });
      for (let tokens = 1; tokens <= 19; tokens++) {
        const rows = draw(tokens);
        close(
          await run(session, { rows, texts: 1, tokens }),
          byDefinition(rows, { reach, ahead: 0 }, tokens),
          `reach ${reach}, ${tokens} tokens`,
        );
      }
      await session.release();
    }
  });

  test(`${form}: windows that are wider than a block`, async () => {
    const session = await sessionOf(form, { reach: 150 });
    for (const tokens of [151, 428, 429, 700]) {
      const rows = draw(tokens);
      close(await run(session, { rows, texts: 1, tokens }), byDefinition(rows, { reach: 150 }, tokens), `${tokens} tokens`);
    }
    await session.release();
  });

  test(`${form}: texts of a batch do not attend to each other`, async () => {
    const [texts, tokens] = [3, 17];
    const session = await sessionOf(form, { reach: 2, first: true });
    const rows = draw(texts * tokens);
    const got = await run(session, { rows, texts, tokens });
    for (let text = 0; text < texts; text++) {
      const part = (values: Float32Array) => values.subarray(text * tokens * WIDTH, (text + 1) * tokens * WIDTH);
      const own = { query: part(rows.query), key: part(rows.key), value: part(rows.value) };
      close(part(got), byDefinition(own, { reach: 2, first: true }, tokens), `text ${text}`);
    }
    await session.release();
  });
}

test('standard: no token sees padding', async () => {
  const session = await sessionOf('standard', { reach: 2 });
  const [tokens, real] = [20, 13];
  const rows = draw(tokens);
  close(await run(session, { rows, texts: 1, tokens, real }), byDefinition(rows, { reach: 2 }, real), 'padded');
  await session.release();
});

test('fast: a text’s vectors are the same to the last bit alone and with others', async () => {
  const [texts, tokens] = [4, 29];
  const session = await sessionOf('fast', { reach: 3 });
  const rows = draw(texts * tokens);
  const together = await run(session, { rows, texts, tokens });
  for (let text = 0; text < texts; text++) {
    const part = (values: Float32Array) => values.slice(text * tokens * WIDTH, (text + 1) * tokens * WIDTH);
    assert.deepEqual(
      await run(session, { rows: { query: part(rows.query), key: part(rows.key), value: part(rows.value) }, texts: 1, tokens }),
      part(together),
    );
  }
  await session.release();
});
