import { own } from '../own.ts';
import {
  BROWSER,
  DIGITS,
  FIRST,
  SECOND,
  TRANSFORMERS,
  behindPrompt,
  block,
  feedsOf,
  imported,
  integersOf,
  literal,
  pooled,
  shellWord,
  truncationOf,
  type CodeBlock,
  type CodeParams,
} from './code-pieces.ts';
import { comparedInPython, comparedSentences } from './cosine-code.ts';
import type { ClassifierRecord } from './record.ts';
import { tagCode } from './tag-code.ts';

/** How to use a folder from Node, Python and a browser. Unsupported uses are left out. */
export function codeBlocks(params: CodeParams): CodeBlock[] {
  const { isSentenceEncoder, record, hasLogits, hasPipeline, token } = params;
  if (record.words !== undefined) return tagCode(params);
  if (record.cosine !== undefined) {
    return [
      ...nodeBlocks(params),
      ...(token === undefined ? [] : [comparedInPython(params, token)]),
      ...(isSentenceEncoder ? [comparedSentences(record)] : []),
    ];
  }
  if (record.pairs === true || record.kind === 'regression') {
    return [
      ...nodeBlocks(params),
      ...(hasLogits || token !== undefined ? [python(params)] : []),
      ...(hasLogits ? [hasPipeline ? autoModel(params) : baseModel(params)] : []),
    ];
  }
  return [
    ...nodeBlocks(params),
    ...(hasLogits || token !== undefined ? [python(params)] : []),
    ...(isSentenceEncoder ? [sentenceTransformers(record)] : []),
    ...(hasLogits ? [hasPipeline ? pipeline(params) : baseModel(params)] : []),
    ...(!hasLogits && token !== undefined && own(EXTRACTED, token) !== undefined ? [neighbours(params, EXTRACTED[token]!)] : []),
  ];
}

const SAMPLE = 'A text to classify.';

function nodeBlocks({ name, record }: CodeParams): CodeBlock[] {
  const model = shellWord(name);
  const command =
    record.pairs === true
      ? `bench predict --model ${model} --input pairs.csv --text-column first --text-pair-column second`
      : `bench predict --model ${model} --input texts.csv`;
  const { call, values } = called(record);
  return [
    { title: 'Command line', language: 'sh', code: command },
    {
      title: 'Node',
      language: 'js',
      code: [
        imported('load', 'embedding-bench'),
        '',
        `const model = await load(${literal(name)});`,
        `for await (const { ${values} } of model.${call}) console.log(${values});`,
        'await model.close();',
      ].join('\n'),
    },
  ];
}

/** How a loaded model is called, and what of its predictions is printed. */
function called({ kind, pairs, residuals }: ClassifierRecord): { readonly call: string; readonly values: string } {
  const inputs = pairs === true ? `[{ first: ${literal(FIRST)}, second: ${literal(SECOND)} }]` : `[${literal(SAMPLE)}]`;
  if (kind !== 'regression') return { call: `predict(${inputs})`, values: 'label, confidence' };
  return { call: `predictNumbers(${inputs})`, values: residuals === undefined ? 'value' : 'value, low, high' };
}

function python(params: CodeParams): CodeBlock {
  const { record, padId, hasLogits, token } = params;
  const type = integersOf(params);
  return block(
    [
      ...(record.kind === 'regression' ? [] : ['import json']),
      'import numpy as np',
      'import onnxruntime',
      ...(hasLogits ? [] : ['from safetensors.numpy import load_file']),
      'from tokenizers import Tokenizer',
      '',
      'folder = "."',
      ...(record.pairs === true ? [`pairs = [(${literal(FIRST)}, ${literal(SECOND)})]`] : [`texts = [${literal(SAMPLE)}]`]),
      ...(record.kind === 'regression' ? [] : ['names = json.load(open(f"{folder}/config.json", encoding="utf-8"))["id2label"]']),
      'tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")',
      truncationOf(params),
      `tokenizer.enable_padding(pad_id=${padId})`,
      `encoded = tokenizer.encode_batch(${encodedTexts(record)})`,
      `ids = np.array([each.ids for each in encoded], dtype=${type})`,
      `mask = np.array([each.attention_mask for each in encoded], dtype=${type})`,
      ...feedsOf(params),
      'session = onnxruntime.InferenceSession(f"{folder}/onnx/model.onnx")',
      'wanted = {each.name for each in session.get_inputs()}',
      `(${hasLogits ? 'logits' : 'tokens'},) = session.run(["${hasLogits ? 'logits' : 'last_hidden_state'}"], {name: value for name, value in inputs.items() if name in wanted})`,
      ...(hasLogits ? fromLogits(record) : [...pooled(token!), ...voted(record)]),
    ],
    `Python, with onnxruntime${hasLogits ? ' and tokenizers' : ', tokenizers and safetensors'}`,
  );
}

/** Texts with their prompt, or pairs, whose first text has it. */
function encodedTexts({ pairs, prompt }: ClassifierRecord): string {
  if (pairs === true) return prompt === undefined ? 'pairs' : `[(${literal(prompt.text)} + first, second) for first, second in pairs]`;
  return prompt === undefined ? 'texts' : `[${literal(prompt.text)} + text for text in texts]`;
}

function fromLogits({ kind, multiLabel, temperature }: ClassifierRecord): string[] {
  if (kind === 'regression') return ['for (number,) in logits:', `    print(round(float(number), ${DIGITS}))`];
  const scaled = `scaled = logits / ${temperature}  # the temperature that calibrates`;
  if (multiLabel) {
    return [
      scaled,
      'probabilities = 1 / (1 + np.exp(-scaled))',
      'for row in probabilities:',
      `    print({names[str(i)]: round(float(row[i]), ${DIGITS}) for i in np.flatnonzero(row > 0.5)})`,
    ];
  }
  return [
    scaled,
    'likelihoods = np.exp(scaled - scaled.max(1, keepdims=True))',
    'probabilities = likelihoods / likelihoods.sum(1, keepdims=True)',
    'for row in probabilities:',
    `    print(names[str(row.argmax())], round(float(row.max()), ${DIGITS}))`,
  ];
}

/** Vote shares of the nearest training texts. */
function voted({ neighbours: { k, metric, votes }, multiLabel }: ClassifierRecord): string[] {
  const isCosine = metric === 'cosine';
  return [
    'train = load_file(f"{folder}/train.safetensors")',
    'known = train["vectors"].astype(np.float64)',
    ...(isCosine ? ['unit = lambda rows: rows / np.linalg.norm(rows, axis=-1, keepdims=True)'] : []),
    'for vector in vectors.astype(np.float64):',
    `    distances = ${isCosine ? '1 - unit(known) @ unit(vector)' : 'np.linalg.norm(known - vector, axis=1)'}`,
    '    shares = np.zeros(len(names))',
    `    nearest = np.argsort(distances, kind="stable")[:${k}]`,
    votes === 'distance'
      ? '    votes = (distances[nearest] == 0) * 1.0 if distances[nearest[0]] == 0 else 1 / distances[nearest]'
      : '    votes = np.ones(len(nearest))',
    '    for row, vote in zip(nearest, votes):',
    '        shares[train["labels"][train["starts"][row] : train["starts"][row + 1]]] += vote / votes.sum()',
    multiLabel
      ? '    print({names[str(i)]: round(float(shares[i]), 4) for i in np.flatnonzero(shares > 0.5)})'
      : '    print(names[str(shares.argmax())], round(float(shares.max()), 4))',
  ];
}

/** Only its vectors; the classification is described above. */
function sentenceTransformers({ prompt }: ClassifierRecord): CodeBlock {
  return block(
    [
      'from sentence_transformers import SentenceTransformer',
      '',
      'folder = "."',
      'model = SentenceTransformer(folder)',
      `vectors = model.encode([${literal(SAMPLE)}]${prompt === undefined ? '' : `, prompt=${literal(prompt.text)}`})`,
      'print(vectors.shape)',
    ],
    'Python, vectors alone, with sentence-transformers',
  );
}

/** A sample text with its prompt, as code in any of the languages. */
function sampleOf(prompt: ClassifierRecord['prompt']): string {
  return behindPrompt(prompt, SAMPLE);
}

function pipeline({ name, record: { prompt } }: CodeParams): CodeBlock {
  const text = sampleOf(prompt);
  return {
    title: 'Browser, with transformers.js',
    language: 'js',
    code: [
      imported('env, pipeline', TRANSFORMERS),
      '',
      ...BROWSER,
      `const classify = await pipeline('text-classification', ${literal(`/models/${name}`)}, { dtype: 'fp32' });`,
      `console.log(await classify([${text}], { top_k: 3 }));`,
    ].join('\n'),
  };
}

/** Logits of pairs, or numbers, which the pipeline does not return. */
function autoModel(params: CodeParams): CodeBlock {
  return logitsBlock(params, 'AutoModelForSequenceClassification');
}

/** transformers.js has no class for such an encoder with a head: its logits come from the base class. */
function baseModel(params: CodeParams): CodeBlock {
  return logitsBlock(params, 'PreTrainedModel');
}

function logitsBlock({ name, record: { kind, pairs, prompt, multiLabel, temperature } }: CodeParams, className: string): CodeBlock {
  const isPlain = kind !== 'regression' && pairs !== true;
  const text = pairs === true ? behindPrompt(prompt, FIRST) : sampleOf(prompt);
  const second = pairs === true ? `text_pair: [${literal(SECOND)}], ` : '';
  const softmax = isPlain || (kind !== 'regression' && !multiLabel) ? ['softmax'] : [];
  const [first, ...others] = className === 'PreTrainedModel' ? ['AutoTokenizer', 'env', className] : [className, 'AutoTokenizer', 'env'];
  return {
    title: isPlain ? 'Browser, with transformers.js' : 'Browser or Node, with transformers.js',
    language: 'js',
    code: [
      imported([first, ...others, ...softmax].join(', '), TRANSFORMERS),
      '',
      ...BROWSER,
      `const folder = ${literal(`/models/${name}`)};`,
      'const tokenizer = await AutoTokenizer.from_pretrained(folder);',
      `const model = await ${className}.from_pretrained(folder, { dtype: 'fp32' });`,
      `const { logits } = await model(tokenizer([${text}], { ${second}padding: true, truncation: true }));`,
      ...linesOfLogits({ kind, multiLabel, temperature }),
    ].join('\n'),
  };
}

function linesOfLogits({ kind, multiLabel, temperature }: Pick<ClassifierRecord, 'kind' | 'multiLabel' | 'temperature'>): string[] {
  if (kind === 'regression') return ['for (const [number] of logits.tolist()) {', '  console.log(number);', '}'];
  return [
    `const temperature = ${temperature}; // that calibrates`,
    'for (const row of logits.tolist()) {',
    '  const scaled = row.map((logit) => logit / temperature);',
    ...(multiLabel
      ? ['  console.log(scaled.flatMap((logit, i) => (logit > 0 ? [[model.config.id2label[i], 1 / (1 + Math.exp(-logit))]] : [])));']
      : [
          '  const scores = softmax(scaled);',
          '  const best = scores.indexOf(Math.max(...scores));',
          '  console.log(model.config.id2label[best], scores[best]);',
        ]),
    '}',
  ];
}

/** Poolings of transformers.js. */
const EXTRACTED: Readonly<Partial<Record<string, string>>> = { cls: 'cls', mean: 'mean', last: 'last_token' };

function neighbours(
  {
    name,
    record: {
      prompt,
      multiLabel,
      neighbours: { k, metric, votes },
    },
  }: CodeParams,
  pooling: string,
): CodeBlock {
  const text = sampleOf(prompt);
  const isCosine = metric === 'cosine';
  return {
    title: 'Browser, with transformers.js',
    language: 'js',
    code: [
      imported('env, pipeline', TRANSFORMERS),
      '',
      ...BROWSER,
      `const folder = ${literal(`/models/${name}`)};`,
      'const load = async (file) => (await fetch(file)).arrayBuffer();',
      '',
      'const bytes = await load(`${folder}/train.safetensors`);',
      'const length = Number(new DataView(bytes).getBigUint64(0, true));',
      'const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));',
      'const tensor = (key, Type) => new Type(bytes.slice(...header[key].data_offsets.map((at) => at + 8 + length)));',
      "const [known, labels, starts] = [tensor('vectors', Float32Array), tensor('labels', Int32Array), tensor('starts', Int32Array)];",
      '',
      "const extract = await pipeline('feature-extraction', folder, { dtype: 'fp32' });",
      'const { id2label } = extract.model.config;',
      `const vectors = await extract([${text}], { pooling: '${pooling}' });`,
      'for (const vector of vectors.tolist()) {',
      '  const rows = Array.from({ length: starts.length - 1 }, (_, row) => {',
      '    const other = known.subarray(row * vector.length, (row + 1) * vector.length);',
      ...(isCosine
        ? [
            '    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);',
            '    return { row, distance: 1 - dot(other, vector) / Math.sqrt(dot(other, other) * dot(vector, vector)) };',
          ]
        : ['    return { row, distance: Math.hypot(...vector.map((value, i) => value - other[i])) };']),
      '  });',
      ...(multiLabel && votes === 'distance' ? ['  let sum = 0;'] : []),
      '  const votes = {};',
      `  for (const { row, distance } of rows.sort((a, b) => a.distance - b.distance).slice(0, ${k})) {`,
      ...(votes === 'distance' ? ['    const vote = 1 / Math.max(distance, 1e-12);'] : ['    const vote = 1;']),
      ...(multiLabel && votes === 'distance' ? ['    sum += vote;'] : []),
      '    for (const label of labels.slice(starts[row], starts[row + 1])) votes[label] = (votes[label] ?? 0) + vote;',
      '  }',
      ...(multiLabel
        ? [
            `  const most = ${votes === 'distance' ? 'sum' : k};`,
            '  console.log(Object.keys(votes).filter((label) => votes[label] > most / 2).map((label) => id2label[label]));',
          ]
        : ['  const [best] = Object.entries(votes).sort(([, a], [, b]) => b - a);', '  console.log(id2label[best[0]]);']),
      '}',
    ].join('\n'),
  };
}
