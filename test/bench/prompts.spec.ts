import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed, run } from '../../src/index.ts';
import { readRows } from '../../src/results/csv.ts';
import type { Row } from '../../src/results/row.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyTokenizer, writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const place = { cache };
const at = (...parts: string[]): string => path.join(root, ...parts);

const LETTERS = 'abcdefgh';
const SPLITS = ['train', 'train', 'dev', 'test'];
const lineOf = (i: number): string =>
  [[i % 3, i * i, 3 * i].map((each) => LETTERS[each % 8]).join(' '), 'xyz'[i % 3], SPLITS[Math.floor(i / 2) % 4]].join();
const LINES = Array.from({ length: 48 }, (_, i) => lineOf(i));
writeFileSync(at('d.csv'), `text,label,split\n${LINES.join('\n')}\n`);
const TEXTS = LINES.map((line) => line.split(',')[0]!);
writeFileSync(at('texts.txt'), `${TEXTS.join('\n')}\n`);

/** A checkpoint with a tokenizer and its own prompts. */
function checkpoint(name: string, makers: object): string {
  const folder = writeTinyCheckpoint(at(name));
  const { model, ...tokenizer } = tinyTokenizer() as { model: { vocab: Record<string, number> } };
  const vocab = Object.fromEntries(Object.entries(model.vocab).filter(([, id]) => id < 20));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify({ ...tokenizer, model: { ...model, vocab } }));
  writeFileSync(path.join(folder, 'config_sentence_transformers.json'), JSON.stringify(makers));
  return folder;
}

const PROMPTED = checkpoint('prompted', { prompts: { query: 'a b ', document: '' } });
const PLAIN = writeTinyEncoder(at('plain'), { layers: 1 });
const DATA = ['--dataset', at('d.csv'), '--split-column', 'split', '--offline', '--quiet', '--threads', '1'];
const ONE = ['--model', PROMPTED, ...DATA];
const BOTH = ['--model', PROMPTED, '--model', PLAIN, ...DATA];
const MEAN = ['--pooling', 'mean', '--protocol', 'leave-one-out'];
/** Whatever may break a table: commas, quotes, a formula, lines, characters of all kinds. */
const HOSTILE = ['=1+1: a, "b"', ' \n', '查询：é😀 ', "'-@ cmd|' /C: ", 'text:none', 'c d '];

const rowsOf = async (out: string): Promise<readonly Row[]> => (await readRows(path.join(out, 'results.csv'))).rows;
const scoreOf = ({ encoder, pooling, layers, dim, prompt, split, protocol, micro_f1: score }: Row): string =>
  [encoder, pooling, layers, dim, prompt, protocol, split, score].join('|');

async function ok(words: readonly string[], own = place): Promise<Outcome> {
  const outcome = await bench(words, own);
  assert.equal(outcome.status, 0, outcome.err);
  return outcome;
}

const asFlags = (prompts: readonly string[]): string[] => prompts.flatMap((prompt) => [`--prompt=${prompt}`]);

/** What is the same in a results folder whoever wrote it. */
function lasting(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(csv|md|jsonl)$/.test(name));
  const kept = names.filter((name) => name !== 'timings.csv' && name !== 'costs.csv').toSorted();
  return Object.fromEntries(kept.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

test('prompts: several in one run give the same rows as one run each', async () => {
  const prompts = ['query', 'none', ...HOSTILE];
  const { out } = await ok(['run', ...ONE, ...MEAN, ...asFlags(prompts), '--wide', '--out', at('together')]);
  assert.match(out, /^prompted +[\d.]+/m);
  assert.match(out, /^prompted \(prompt query\) +[\d.]+/m);
  for (const prompt of prompts) await ok(['run', ...ONE, ...MEAN, ...asFlags([prompt]), '--out', at('apart')]);
  assert.equal(readFileSync(at('together', 'results.csv'), 'utf8'), readFileSync(at('apart', 'results.csv'), 'utf8'));
  const rows = await rowsOf(at('together'));
  const columns = ['', 'query', ...HOSTILE.map((text) => JSON.stringify(text.replace(/^text:/, '')))];
  assert.deepEqual(new Set(rows.map(({ prompt }) => prompt)), new Set(columns));
  assert.equal(rows.length, columns.length);
  // A prompt is text before the text.
  for (const prompt of ['a b ', 'c d ']) {
    writeFileSync(at('prefixed.csv'), `text,label,split\n${LINES.map((line) => `${prompt}${line}`).join('\n')}\n`);
    const words = ['run', '--model', PROMPTED, '--dataset', at('prefixed.csv'), '--prompt', 'none', ...DATA.slice(2), ...MEAN];
    await ok([...words, '--out', at('prefixed')]);
    const [prefixed] = await rowsOf(at('prefixed'));
    const own = rows.find((row) => row.prompt === (prompt === 'a b ' ? 'query' : JSON.stringify(prompt)));
    assert.deepEqual([own?.correct, own?.macro_f1], [prefixed?.correct, prefixed?.macro_f1]);
    rmSync(at('prefixed'), { recursive: true });
  }
  assert.ok(new Set(rows.map(({ correct }) => correct)).size > 1);
});

test('prompts: what is there is kept, and a report is the same with it', async () => {
  await ok(['run', ...ONE, ...MEAN, ...asFlags(['query', 'none', ...HOSTILE, 'e f ']), '--only-missing', '--out', at('together')]);
  assert.equal((await rowsOf(at('together'))).length, HOSTILE.length + 3);
  const { cells } = JSON.parse(readFileSync(at('together', 'run.json'), 'utf8')) as { cells: { computed: number; kept: number } };
  assert.deepEqual([cells.computed, cells.kept], [1, HOSTILE.length + 2]);
  assert.match(readFileSync(at('together', 'results.md'), 'utf8'), /prompted \(prompt .*=1\+1: a, /);
  await ok(['report', at('together'), '--offline', '--quiet']);
  const html = readFileSync(at('together', 'report', 'index.html'), 'utf8');
  assert.ok(html.includes('=1+1: a, ') && html.includes('query'));
  for (const prompt of ['query', 'none', ...HOSTILE]) {
    const shown = await ok(['show', '--out', at('together'), `--prompt=${prompt}`, '--format', 'json']);
    const column = prompt === 'none' ? null : prompt === 'query' ? prompt : JSON.stringify(prompt.replace(/^text:/, ''));
    assert.deepEqual(
      (JSON.parse(shown.out) as { rows: { prompt: string | null }[] }).rows.map((row) => row.prompt),
      [column],
    );
  }
  const { err } = await bench(['show', '--out', at('together'), '--prompt', 'quary'], place);
  assert.match(err, /^bench: --prompt: No row has "quary"\. Did you mean "query"\? There are none, [^\n]+\.\n$/);
});

test('prompts: parts that are put together are the bytes of the whole', async () => {
  const words = ['run', ...BOTH, '--pooling', 'mean,concat', '--dim', '4,full', ...asFlags(['a c ', 'none'])];
  await ok([...words, '--out', at('whole')]);
  for (const index of [1, 2]) {
    await ok([...words, '--shard', `${index}/2`, '--out', at(`part-${index}`)], { cache: at(`machine-${index}`) });
  }
  await ok(['merge', at('part-1'), at('part-2'), '--out', at('merged')]);
  assert.deepEqual(lasting(at('merged')), lasting(at('whole')));
  const rows = await rowsOf(at('whole'));
  for (const [flags, count] of [
    [['--dim', 'full'], rows.filter(({ dim }) => dim === '').length],
    [['--dim', '4', '--prompt', 'none'], rows.filter(({ dim, prompt }) => dim === '4' && prompt === '').length],
    [['--dim', '4,full', '--prompt', 'a c ', '--prompt', 'none'], rows.length],
  ] as const) {
    const { out } = await ok(['show', '--out', at('whole'), ...flags, '--format', 'csv']);
    assert.equal(out.trimEnd().split('\n').length - 1, count, flags.join(' '));
  }
  const cells = new Set(rows.map(({ encoder, dim, prompt }) => `${encoder} ${dim} ${prompt}`));
  for (const encoder of ['prompted', 'plain', 'concat-all']) {
    for (const dim of ['', '4']) {
      for (const prompt of ['', '"a c "']) assert.ok(cells.has(`${encoder} ${dim} ${prompt}`), `${encoder} ${dim} ${prompt}`);
    }
  }
});

/** A line of results.csv from before prompts and lengths existed. */
function withoutNew(line: string): string {
  return line.split(',').toSpliced(4, 2).join(',');
}

test('prompts: of results without the columns a cell is one of whole vectors without a prompt', async () => {
  await ok(['run', ...ONE, ...MEAN, '--prompt', 'none', '--out', at('new')]);
  await ok(['run', ...ONE, ...MEAN, '--prompt', 'none', '--out', at('old')]);
  const file = at('old', 'results.csv');
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.ok(header!.startsWith('encoder,dataset,pooling,layers,dim,prompt,'));
  writeFileSync(file, `${[header!, ...lines].map(withoutNew).join('\n')}\n`);
  const { out } = await ok(['diff', at('old'), at('new'), '--format', 'json']);
  const { rows } = JSON.parse(out) as { rows: { change?: string }[] };
  assert.deepEqual(
    rows.filter(({ change }) => change !== 'unchanged'),
    [],
  );
  await ok(['run', ...ONE, ...MEAN, '--prompt', 'none', '--prompt', 'query', '--out', at('old')]);
  assert.deepEqual(
    (await rowsOf(at('old'))).map(({ prompt }) => prompt),
    ['', 'query'],
  );
});

test('prompts: what one of two encoders lacks is said in its row, and the run goes on', async () => {
  const asked = ['--prompt', 'query', '--prompt', 'none', '--dim', '8,12'];
  const { status, out, err } = await bench(['run', ...BOTH, ...MEAN, ...asked, '--out', at('lacking')], place);
  assert.equal(status, 1, err);
  assert.match(out, /plain on d \(prompt query\): .*plain has no prompt named "query"\. It has none/);
  assert.match(out, /The mean vectors of prompted have 8 dimensions, fewer than 12\./);
  assert.deepEqual(
    (await rowsOf(at('lacking'))).map(({ encoder, dim, prompt }) => [encoder, dim, prompt]),
    [
      ['plain', '8', ''],
      ['plain', '12', ''],
      ['prompted', '8', ''],
      ['prompted', '8', 'query'],
    ],
  );
  const { failures } = JSON.parse(readFileSync(at('lacking', 'run.json'), 'utf8')) as { failures: Record<string, string | undefined>[] };
  assert.deepEqual(failures.map(({ encoder, dim, prompt }) => `${encoder} ${dim ?? ''} ${prompt ?? ''}`).toSorted(), [
    'plain  query',
    'prompted 12 ',
    'prompted 12 query',
  ]);
});

for (const [what, words, message] of [
  ['a name that no encoder knows', ['--prompt', 'nix'], /^bench: --prompt: nix does not fit any of [^\n]+\n$/],
  [
    'a prompt as long as the limit',
    ['--prompt', 'a b c d e f', '--max-length', '8'],
    /^bench: --prompt: "a b c d e f" does not fit any of [^\n]+no room is left for the text[^\n]+\n$/,
  ],
  ['an empty prompt', ['--prompt', ''], /^bench: --prompt: It takes a non-empty string, got ""\.\n$/],
  [
    'vectors longer than any',
    ['--dim', '4000'],
    /^bench: --dim: The mean vectors of prompted have 8 dimensions, fewer than 4000\. [^\n]+\n$/,
  ],
  ['no number at all', ['--dim', '0'], /^bench: --dim: It takes whole numbers of at least 1, and full, got 0\.\n$/],
  ['half a number', ['--dim', '1.5'], /^bench: --dim: It takes whole numbers of at least 1, and full, got 1\.5\.\n$/],
] as const) {
  for (const command of ['run', 'rank']) {
    test(`prompts: ${command}, ${what}: one line, before anything is written`, async () => {
      const { status, err } = await bench([command, ...BOTH, '--pooling', 'mean', ...words, '--out', at('nowhere')], place);
      assert.equal(status, 2, err);
      assert.match(
        err
          .split('\n')
          .filter((line) => line.startsWith('bench: '))
          .map((line) => `${line}\n`)
          .join(''),
        message,
      );
      assert.throws(() => readdirSync(at('nowhere')));
    });
  }
}

test('prompts: equal lengths are one, the width is a row of its own, and whole vectors are as without', async () => {
  await ok(['run', ...ONE, ...MEAN, '--dim', '4,4,8,full', '--out', at('dims')]);
  const rows = await rowsOf(at('dims'));
  assert.deepEqual(
    rows.map(({ dim }) => dim),
    ['', '4', '8'],
  );
  assert.deepEqual([rows[0]!.correct, rows[0]!.macro_f1], [rows[2]!.correct, rows[2]!.macro_f1]);
  const [half, whole] = [await embedded({ dim: 4 }), await embedded({})];
  for (let i = 0; i < half.rows; i++) assert.deepEqual(half.data.slice(i * 4, i * 4 + 4), whole.data.slice(i * 8, i * 8 + 4));
});

async function embedded(options: { readonly dim?: number; readonly prompt?: string; readonly texts?: readonly string[] }) {
  const { texts = TEXTS.slice(0, 5), ...more } = options;
  const { vectors } = await embed({ model: PROMPTED, texts: [...texts], poolings: ['mean'], cache, offline: true, threads: 1, ...more });
  return vectors[0]!;
}

test('prompts: embed puts one before every text, on the command line and in a program', async () => {
  const [plain, theirs] = [TEXTS.slice(0, 5), TEXTS.slice(0, 5).map((text) => `a b ${text}`)];
  const wanted = (await embedded({ texts: theirs })).data;
  assert.deepEqual((await embedded({ texts: plain, prompt: 'query' })).data, wanted);
  assert.deepEqual((await embedded({ texts: plain, prompt: 'a b ' })).data, wanted);
  assert.notDeepEqual((await embedded({ texts: plain, prompt: 'none' })).data, wanted);
  const file = at('v.safetensors');
  const words = ['embed', '--model', PROMPTED, '--input', at('texts.txt'), '--pooling', 'mean', '--out', file, ...DATA.slice(4)];
  await ok([...words, '--prompt', 'query']);
  const { tensors } = readSafetensors(readFileSync(file), file);
  assert.deepEqual((tensors.get('mean')!.data as Float32Array).slice(0, wanted.length), wanted);
  await assert.rejects(embedded({ prompt: 'nix' }), { code: 'OPTION', message: /^`prompt`: prompted has no prompt named "nix"\./ });
  const { status, err } = await bench([...words, '--prompt', 'a: ', '--prompt', 'none'], place);
  assert.deepEqual([status, err], [2, 'bench: --prompt: It is given once here, not 2 times.\n']);
});

test('prompts: a program’s request is that of the flags', async () => {
  const { rows } = await run(
    {
      encoders: [PROMPTED],
      datasets: [at('d.csv')],
      splitColumn: 'split',
      pooling: ['mean'],
      protocol: ['leave-one-out'],
      prompts: ['query', 'none'],
      dim: [4],
    } as unknown as Parameters<typeof run>[0],
    { cache, offline: true, threads: 1 },
  );
  await ok(['run', ...ONE, ...MEAN, '--prompt', 'query', '--prompt', 'none', '--dim', '4', '--out', at('flags')]);
  assert.deepEqual(
    (rows as unknown as Row[]).map(({ dim, prompt }) => [String(dim), prompt ?? '']),
    [
      ['4', ''],
      ['4', 'query'],
    ],
  );
  assert.deepEqual(
    (await rowsOf(at('flags'))).map(({ dim, prompt }) => [dim, prompt]),
    [
      ['4', ''],
      ['4', 'query'],
    ],
  );
});

test('prompts: a ranking, a map and a plan have a row for each', async () => {
  const asked = [...asFlags(['query', 'none']), '--dim', '4'];
  await ok(['rank', ...ONE, '--pooling', 'mean', '--estimator', 'knn', '--curves=false', ...asked, '--out', at('ranked')]);
  const lines = readFileSync(at('ranked', 'estimates.csv'), 'utf8').trimEnd().split('\n').slice(1);
  assert.deepEqual(
    lines.map((line) => line.split(',').slice(3, 7)),
    [
      ['mean', 'last', '4', ''],
      ['mean', 'last', '4', 'query'],
    ],
  );
  await ok(['map', ...ONE, '--method', 'umap', '--sample', '40', ...asked, '--out', at('mapped')]);
  const svg = readFileSync(at('mapped', 'maps', 'frozen-mean-4-umap.svg'), 'utf8');
  assert.ok(svg.includes('prompted, prompted (prompt query)'), svg.slice(0, 400));
  const { out } = await ok(['run', ...ONE, ...MEAN, ...asked, '--dry-run']);
  assert.match(out, /query/);
});

test('prompts: a training under a prompt is that of texts which begin with it, and what is saved has it as its default', async () => {
  const training = ['--epochs', '1', '--objective', 'classic', '--pooling', 'mean', '--batch-size', '8', '--lr', '1e-3'];
  await ok(['finetune', ...ONE, ...training, '--prompt', 'query', '--save', at('saved'), '--out', at('tuned')]);
  writeFileSync(at('long.csv'), `text,label,split\n${LINES.map((line) => `a b ${line}`).join('\n')}\n`);
  const long = ['--model', PROMPTED, '--dataset', at('long.csv'), ...DATA.slice(2)];
  await ok(['finetune', ...long, ...training, '--prompt', 'none', '--save', at('saved-long'), '--out', at('tuned-long')]);
  assert.deepEqual(readFileSync(at('saved', 'model.safetensors')), readFileSync(at('saved-long', 'model.safetensors')));
  const values = JSON.parse(readFileSync(at('saved', 'config_sentence_transformers.json'), 'utf8')) as object;
  assert.deepEqual(values, { prompts: { query: 'a b ', document: '' }, default_prompt_name: 'query' });
  const scores = (await rowsOf(at('tuned'))).map((row) => scoreOf({ ...row, prompt: '' }));
  assert.deepEqual(scores, (await rowsOf(at('tuned-long'))).map(scoreOf));
  // Scored again with the saved settings, without requesting them: the same.
  const scored = ['run', '--model', at('saved'), ...DATA, '--pooling', 'mean', '--protocol', 'fit-train', '--out', at('again')];
  const { err } = await ok(scored);
  assert.match(err, /It was trained with the prompt query/);
  assert.ok((await rowsOf(at('again'))).every(({ prompt }) => prompt === 'query'));
});

test('prompts: a training leaves the tokens out that the encoder leaves out, of the maximum too', async () => {
  const folder = checkpoint('left-out', { prompts: { query: 'a b ' } });
  const kind = 'sentence_transformers.models.';
  const modules = [
    { idx: 0, name: '0', path: '', type: `${kind}Transformer` },
    { idx: 1, name: '1', path: '1_Pooling', type: `${kind}Pooling` },
  ];
  writeFileSync(path.join(folder, 'modules.json'), JSON.stringify(modules));
  mkdirSync(path.join(folder, '1_Pooling'));
  writeFileSync(path.join(folder, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode_mean_tokens: true, include_prompt: false }));
  const words = ['--model', folder, ...DATA, '--prompt', 'query'];
  const training = ['finetune', ...words, '--epochs', '1', '--batch-size', '8', '--objective', 'cea-all-negatives'];
  for (const pooling of ['mean', 'max']) {
    const [scored, tuned] = [at(`left-out-frozen-${pooling}`), at(`left-out-tuned-${pooling}`)];
    await ok(['run', ...words, '--pooling', pooling, '--protocol', 'fit-train', '--out', scored]);
    await ok([...training, '--pooling', pooling, '--out', tuned]);
    const frozen = (await rowsOf(scored)).map(scoreOf);
    assert.deepEqual((await rowsOf(tuned)).filter(({ objective }) => objective === '').map(scoreOf), frozen);
    const [header, before] = readFileSync(path.join(tuned, 'training.csv'), 'utf8')
      .split('\n')
      .map((line) => line.split(','));
    assert.equal(
      before![header!.indexOf('dev_micro_f1')],
      frozen
        .find((line) => line.includes('|dev|'))!
        .split('|')
        .at(-1),
    );
  }
  // Its modules declare the pooling that it was trained with; a pooling that they cannot express is reported.
  for (const [pooling, mode] of [
    ['cls', 'pooling_mode_cls_token'],
    ['mean', 'pooling_mode_mean_tokens'],
  ] as const) {
    const same = await ok([...training, '--pooling', pooling, '--save', at(`left-out-${pooling}`), '--out', at(`left-out-out-${pooling}`)]);
    assert.doesNotMatch(same.err, /modules\.json/);
    const said = JSON.parse(readFileSync(at(`left-out-${pooling}`, '1_Pooling', 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual([said[mode], said['include_prompt']], [true, false]);
  }
  const other = await ok([...training, '--pooling', 'layermean', '--save', at('left-out-layers'), '--out', at('left-out-other')]);
  const told =
    /was fine-tuned with pooling layermean, but its modules\.json, [^\n]* is that of left-out: use it with --pooling layermean, or fine-tune with --pooling as-published\.$/m;
  assert.match(other.err, told);
});

test('prompts: trainings under two prompts are two rows of a map, labelled by prompt', async () => {
  const training = ['--epochs', '1', '--objective', 'classic', '--pooling', 'mean', '--batch-size', '8', '--vectors-at', '0,1'];
  await ok(['finetune', ...ONE, ...training, '--prompt', 'query', '--prompt', 'none', '--out', at('kept')]);
  const { out } = await ok(['map', '--trained', at('kept'), '--method', 'umap', '--sample', '40', '--quiet', '--out', at('kept-map')]);
  const svg = readFileSync(
    out.split('\n').find((line) => line.endsWith('.svg'))!,
    'utf8',
  );
  assert.match(
    svg,
    /Rows: Classification head prompt query, Classification head\.|Rows: Classification head, Classification head prompt query\./i,
  );
  const { status, err } = await bench(['map', '--trained', at('kept'), '--prompt', 'query'], place);
  assert.deepEqual([status, err], [2, 'bench: --prompt: The vectors of a training run are plotted as they were saved. Omit it.\n']);
});

test('prompts: a training under a text of one’s own names it in what is saved; what one encoder lacks is a failure of its own', async () => {
  const training = ['--epochs', '1', '--objective', 'classic', '--pooling', 'mean', '--batch-size', '8'];
  await ok(['finetune', ...ONE, ...training, '--prompt', 'c d ', '--save', at('saved-text'), '--out', at('tuned-text')]);
  const values = JSON.parse(readFileSync(at('saved-text', 'config_sentence_transformers.json'), 'utf8')) as object;
  assert.deepEqual(values, { prompts: { query: 'a b ', document: '', trained: 'c d ' }, default_prompt_name: 'trained' });
  const other = checkpoint('other', {});
  const two = ['finetune', '--model', PROMPTED, '--model', other, ...DATA, ...training, '--prompt', 'query', '--out', at('tuned-two')];
  const { status, out } = await bench(two, place);
  assert.equal(status, 1);
  assert.match(out, /other on d \(mean, prompt query\): .*other has no prompt named "query"/);
  assert.deepEqual([...new Set((await rowsOf(at('tuned-two'))).map(({ encoder, prompt }) => `${encoder} ${prompt}`))], ['prompted query']);
});
