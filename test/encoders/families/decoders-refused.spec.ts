import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEncoder } from '../../../src/encoders/families/build.ts';
import { temporaryFolder } from '../../temporary.ts';
import { decoderCases, writeDecoder, type DecoderCase } from './decoder-cases.ts';

const CASES = new Map(decoderCases().cases.map((each) => [each.name, each]));

/** What building the case says, its folder called HERE. */
async function said(name: string, { change, weights = (shapes) => shapes }: { change?: Record<string, unknown>; weights?: (shapes: DecoderCase['weights']) => DecoderCase['weights'] } = {}): Promise<string> {
  const found = CASES.get(name)!;
  const folder = writeDecoder({ ...found, weights: weights(found.weights) }, { change: change ?? {}, folder: temporaryFolder() });
  return buildEncoder({ folder }).then(({ notes }) => ['built', ...notes].join('; '), (error: Error) => error.message.replaceAll(folder, 'HERE'));
}

const CHECK = 'Check the checkpoint, or use an ONNX file of the encoder.';
const ONE_OF_EACH = ['qwen3', 'qwen2', 'llama', 'mistral', 'eurobert', 'gemma3'];

for (const name of ONE_OF_EACH) {
  test(`${name}: what is wrong with a checkpoint is said in one line`, async () => {
    const { prefix } = CASES.get(name)!;
    const activation = name === 'gemma3' ? 'hidden_activation' : 'hidden_act';
    const table: readonly (readonly [Parameters<typeof said>[1], string | RegExp])[] = [
      [
        { weights: ({ ['layers.1.mlp.up_proj.weight']: _, ...others }) => others },
        `HERE: The weights lack "${prefix}layers.1.mlp.up_proj.weight", which config.json makes [20, 16]. Check that config.json and the weights `
          + 'belong together and that all shards are there.',
      ],
      [
        { weights: (shapes) => ({ ...shapes, 'norm.weight': [4] }) },
        `HERE/model.safetensors: "${prefix}norm.weight" is [4], where config.json makes it [16]. Check that config.json and the weights belong together.`,
      ],
      [{ change: { [activation]: 'mish' } }, /^HERE\/config\.json: hidden_act(?:ivation)?: It is "mish", where "gelu" or .* is wanted\. Check the checkpoint, or use an ONNX file of the encoder\.$/],
      [{ change: { num_attention_heads: 8, num_key_value_heads: 3, head_dim: 2 } }, 'HERE/config.json: num_key_value_heads: 3 heads of keys do not part 8 heads of queries evenly. Check the checkpoint.'],
      [{ change: { num_key_value_heads: 0 } }, `HERE/config.json: num_key_value_heads: It is 0, where a whole number from 1 to 16777216 is wanted. ${CHECK}`],
      [{ change: { head_dim: 3 } }, 'HERE/config.json: head_dim: Heads are 3 wide, and rotary positions turn columns two by two. Check the checkpoint.'],
      [{ change: { rope_theta: '1e6' } }, `HERE/config.json: rope_theta: It is "1e6", where a number is wanted. ${CHECK}`],
      [{ change: { rms_norm_eps: 'small' } }, `HERE/config.json: rms_norm_eps: It is "small", where a number is wanted. ${CHECK}`],
      [{ change: { num_experts: 8 } }, 'HERE/config.json: num_experts: It is 8, which speaks of a mixture of experts, and that is not built. Use an ONNX file of the encoder.'],
      [{ change: { attn_logit_softcapping: 50 } }, 'HERE/config.json: attn_logit_softcapping: It is 50, which speaks of scores that are capped, and that is not built. Use an ONNX file of the encoder.'],
    ];
    for (const [wrong, message] of table) {
      const found = await said(name, wrong);
      if (typeof message === 'string') assert.equal(found, message);
      else assert.match(found, message);
    }
  });

  for (const [method, config] of Object.entries({
    bitsandbytes: { load_in_4bit: true, quant_method: 'bitsandbytes' }, gptq: { bits: 4, quant_method: 'gptq' }, awq: { quant_method: 'awq' }, fp8: { quant_method: 'fp8' },
  })) {
    test(`${name}: weights that ${method} quantised are refused`, async () => {
      assert.equal(
        await said(name, { change: { quantization_config: config } }),
        `HERE/config.json: quantization_config: Its weights are quantised ("${method}"), and such are not read. Take the encoder that was quantised, or an ONNX file.`,
      );
    });
  }
}
