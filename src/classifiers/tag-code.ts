import { beforeWords } from '../encoders/encode-words.ts';
import {
  BROWSER,
  TRANSFORMERS,
  block,
  feedsOf,
  imported,
  integersOf,
  literal,
  shellWord,
  truncationOf,
  type CodeBlock,
  type CodeParams,
} from './code-pieces.ts';

/** How to use the folder of a model of words. */
export function tagCode(params: CodeParams): CodeBlock[] {
  const { hasLogits, hasPipeline } = params;
  return [
    taggingCommand(params),
    ...(hasLogits ? [taggedInPython(params)] : []),
    ...(hasLogits && hasPipeline ? [taggingPipeline(params)] : []),
  ];
}

function taggingCommand({ name }: CodeParams): CodeBlock {
  const code = `bench predict --model ${shellWord(name)} --input sentences.conll --out tagged.conll`;
  return { title: 'Command line', language: 'sh', code };
}

/** Words of a sample sentence. */
const WORDS = ['A', 'sentence', 'of', 'words', '.'];

/** Words of one sentence, each with the tag of its first sub-token: a tokenizer counts the prompt as a word before them. */
function taggedInPython(params: CodeParams): CodeBlock {
  const {
    record: { prompt, temperature },
    wordMark,
  } = params;
  const type = integersOf(params);
  const before = prompt === undefined ? '' : `[${literal(beforeWords(prompt))}] + `;
  const marked = wordMark === '' ? 'words' : `[${literal(wordMark)} + word for word in words]`;
  return block(
    [
      'import json',
      'import numpy as np',
      'import onnxruntime',
      'from tokenizers import Tokenizer',
      '',
      'folder = "."',
      `words = [${WORDS.map(literal).join(', ')}]`,
      'names = json.load(open(f"{folder}/config.json", encoding="utf-8"))["id2label"]',
      'tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")',
      truncationOf(params),
      `encoded = tokenizer.encode(${before}${marked}, is_pretokenized=True)`,
      `ids = np.array([encoded.ids], dtype=${type})`,
      'mask = np.ones_like(ids)',
      ...feedsOf(params),
      'session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")',
      'wanted = {each.name for each in session.get_inputs()}',
      '(logits,) = session.run(["logits"], {name: value for name, value in inputs.items() if name in wanted})',
      `scaled = logits[0] / ${temperature}  # the temperature that calibrates`,
      'likelihoods = np.exp(scaled - scaled.max(1, keepdims=True))',
      'probabilities = likelihoods / likelihoods.sum(1, keepdims=True)',
      'first = {}',
      'for token, word in enumerate(encoded.word_ids):',
      `    if word is not None${prompt === undefined ? '' : ' and word > 0'}:`,
      `        first.setdefault(word${prompt === undefined ? '' : ' - 1'}, token)`,
      'for word, token in first.items():',
      '    row = probabilities[token]',
      '    print(words[word], names[str(row.argmax())], round(float(row.max()), 6))',
    ],
    'Python, with onnxruntime and tokenizers',
  );
}

/** The pipeline splits a text itself, and tags every sub-token. */
function taggingPipeline({ name, record: { prompt }, wordMark }: CodeParams): CodeBlock {
  const before = prompt === undefined ? '' : beforeWords(prompt);
  const blank = before === '' && wordMark === '' ? '' : ' ';
  return {
    title: 'Browser or Node, with transformers.js, which splits a text into words itself and tags each sub-token',
    language: 'js',
    code: [
      imported('env, pipeline', TRANSFORMERS),
      '',
      ...BROWSER,
      `const tag = await pipeline('token-classification', ${literal(`/models/${name}`)}, { dtype: 'fp32' });`,
      `for (const { word, entity, score } of await tag(${literal(`${before}${blank}${WORDS.join(' ')}`)}, { ignore_labels: [] })) console.log(word, entity, score);`,
    ].join('\n'),
  };
}
