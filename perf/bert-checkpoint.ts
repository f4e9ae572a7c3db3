import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { numbersOf } from '../src/graph/lowering/numbers.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../src/graph/onnx_pb.ts';
import { writeSafetensors, type NamedTensor } from '../src/tensors/write-safetensors.ts';

/** Fields of BERT's config.json that no weight shape determines. */
export interface BertConfig {
  readonly heads: number;
}

/**
 * Writes the checkpoint that a BERT encoder's model.onnx was exported from, with its tokenizer: published weights that packages contain as
 * ONNX only can be trained like checkpoints, with dropout and without padding. PyTorch's exporter keeps parameter names, except for the
 * weights of matrix products, which are stored transposed in the node named after them. Throws if the file does not have that layout.
 */
export function writeBertCheckpoint({ from, to, heads }: BertConfig & { readonly from: string; readonly to: string }): void {
  const { graph } = fromBinary(ModelProtoSchema, readFileSync(path.join(from, 'model.onnx')));
  const stored = new Map(graph!.initializer.map((tensor) => [tensor.name, tensor]));
  const tensors: NamedTensor[] = [];
  for (const { name, dims, dataType } of stored.values()) {
    const parameter = /(?:^|\.)((?:embeddings|encoder)\..*\.(?:weight|bias))$/.exec(name)?.[1];
    if (parameter === undefined || dataType !== TensorProto_DataType.FLOAT) continue;
    tensors.push({ name: parameter, dtype: 'F32', shape: dims.map(Number), data: numbersOf(stored.get(name)!, from) });
  }
  for (const { name, opType, input } of graph!.node) {
    const weight = stored.get(input[1] ?? '');
    const parameter = /\/(encoder\/.*)\/MatMul$/.exec(name)?.[1];
    if (opType !== 'MatMul' || weight === undefined || parameter === undefined) continue;
    const [rows, columns] = weight.dims.map(Number) as [number, number];
    tensors.push({
      name: `${parameter.replaceAll('/', '.')}.weight`,
      dtype: 'F32',
      shape: [columns, rows],
      data: transposed(numbersOf(weight, from), { rows, columns }),
    });
  }
  writeFileSync(path.join(to, 'model.safetensors'), writeSafetensors(tensors));
  writeFileSync(path.join(to, 'config.json'), `${JSON.stringify(configOf(tensors, heads), undefined, 2)}\n`);
  copyFileSync(path.join(from, 'tokenizer.json'), path.join(to, 'tokenizer.json'));
  writeFileSync(path.join(to, 'tokenizer_config.json'), `${JSON.stringify(tokenizerConfig(path.join(from, 'tokenizer.json')))}\n`);
}

/** What BERT's tokenizer would otherwise assume: lower case. */
function tokenizerConfig(file: string): Readonly<Record<string, unknown>> {
  const { normalizer } = JSON.parse(readFileSync(file, 'utf8')) as { normalizer: { lowercase: boolean } };
  return { tokenizer_class: 'BertTokenizer', do_lower_case: normalizer.lowercase };
}

function configOf(tensors: readonly NamedTensor[], heads: number): Readonly<Record<string, unknown>> {
  const shape = (name: string): readonly [number, number] => {
    const found = tensors.find((tensor) => tensor.name === name);
    if (found === undefined) throw new Error(`No ${name}: the file is not laid out as BERT's export is.`);
    return found.shape as [number, number];
  };
  const [vocabulary, width] = shape('embeddings.word_embeddings.weight');
  return {
    architectures: ['BertModel'],
    model_type: 'bert',
    vocab_size: vocabulary,
    hidden_size: width,
    num_hidden_layers: tensors.filter(({ name }) => name.endsWith('.intermediate.dense.weight')).length,
    num_attention_heads: heads,
    intermediate_size: shape('encoder.layer.0.intermediate.dense.weight')[0],
    max_position_embeddings: shape('embeddings.position_embeddings.weight')[0],
    type_vocab_size: shape('embeddings.token_type_embeddings.weight')[0],
    hidden_act: 'gelu',
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
  };
}

function transposed(values: Float32Array, { rows, columns }: { readonly rows: number; readonly columns: number }): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column]!;
  return out;
}
