import {
  DIGITS,
  FIRST,
  SECOND,
  block,
  feedsOf,
  integersOf,
  literal,
  pooled,
  truncationOf,
  type CodeBlock,
  type CodeParams,
  type PlainToken,
} from './code-pieces.ts';
import type { ClassifierRecord } from './record.ts';

/** The number predicted for two separately encoded texts, from their cosine. */
function numberOfCosine({ cosine }: ClassifierRecord): string {
  return `${cosine!.mean} + ${cosine!.deviation} * `;
}

/** The same with onnxruntime. */
export function comparedInPython(params: CodeParams, token: PlainToken): CodeBlock {
  const { record, padId } = params;
  const { prompt } = record;
  const type = integersOf(params);
  const before = prompt === undefined ? 'texts' : `[${literal(prompt.text)} + text for text in texts]`;
  return block(
    [
      'import numpy as np',
      'import onnxruntime',
      'from tokenizers import Tokenizer',
      '',
      'folder = "."',
      'tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")',
      truncationOf(params),
      `tokenizer.enable_padding(pad_id=${padId})`,
      'session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")',
      'wanted = {each.name for each in session.get_inputs()}',
      '',
      'def unit_vectors(texts):',
      ...[
        `encoded = tokenizer.encode_batch(${before})`,
        `ids = np.array([each.ids for each in encoded], dtype=${type})`,
        `mask = np.array([each.attention_mask for each in encoded], dtype=${type})`,
        // Each text is encoded alone.
        ...feedsOf({ ...params, record: { ...record, pairs: undefined } }),
        '(tokens,) = session.run(["last_hidden_state"], {name: value for name, value in inputs.items() if name in wanted})',
        ...pooled(token),
        'return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)',
      ].map((line) => `    ${line}`),
      '',
      `cosines = (unit_vectors([${literal(FIRST)}]) * unit_vectors([${literal(SECOND)}])).sum(1)`,
      `for number in ${numberOfCosine(record)}cosines:`,
      `    print(round(float(number), ${DIGITS}))`,
    ],
    'Python, with onnxruntime and tokenizers',
  );
}

/** The same with sentence-transformers. */
export function comparedSentences(record: ClassifierRecord): CodeBlock {
  const { prompt } = record;
  return block(
    [
      'from sentence_transformers import SentenceTransformer',
      'from sentence_transformers.util import pairwise_cos_sim',
      '',
      'folder = "."',
      'model = SentenceTransformer(folder)',
      `first, second = (model.encode([text]${prompt === undefined ? '' : `, prompt=${literal(prompt.text)}`}) for text in (${literal(FIRST)}, ${literal(SECOND)}))`,
      `for number in ${numberOfCosine(record)}pairwise_cos_sim(first, second):`,
      `    print(round(float(number), ${DIGITS}))`,
    ],
    'Python, with sentence-transformers',
  );
}
