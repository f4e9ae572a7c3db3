/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { PageData } from '../../src/report/page/data.ts';
import { printable } from '../../src/printable.ts';
import { readRows, writeRows } from '../../src/results/csv.ts';
import { noBrowser, openBrowser } from '../browser.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';
import { bench, type Outcome } from './bench.ts';

/** A page of a real run with malicious names, classes and texts, opened from the disk in a browser. */

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const folder = path.join(root, 'results');
const EVIL = '<img src=x onerror="window.harmed=1">';
const LABELS = ['</script><script>window.harmed=1</script>', EVIL, `"'\u202Eteiuq & <b>bold</b>`];
const models = [EVIL, 'constructor'].map((name, at) => writeTinyEncoder(path.join(root, name), { layers: 2 + at, seed: 1 + at }));
const data = path.join(root, 'topics.csv');
const words = ['what', 'who', 'where', 'is', 'the', 'abc', 'zebra', 'quiz', 'moon', 'tip'];
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const rows = Array.from({ length: 120 }, (_, i) => [
  LABELS[i % 3]!,
  `${words[i % 7]} ${words[(i * 3 + 1) % 10]} ${'xyz'[i % 3]} ${i % 13}? ${i % 5 === 0 ? `</script><script>window.harmed=1</script>${EVIL}\u202E\u2028` : ''}`,
]);
writeFileSync(data, `label,text\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`);
const inputs = [...models.flatMap((model) => ['--model', model]), '--dataset', data, '--offline', '--quiet'];
const report = (...args: string[]): Promise<Outcome> => bench(['report', ...args, '--quiet', '--offline'], { cache });
const file = path.join(folder, 'report', 'index.html');

/** The data in a page, as the page reads them. */
function dataOf(page: string): PageData {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(readFileSync(page, 'utf8')) ?? [];
  return JSON.parse(json) as PageData;
}

let browser: Browser | undefined;
before(async () => {
  for (const args of [
    ['run', ...inputs, '--pooling', 'cls,mean', '--layers', 'all', '--protocol', 'leave-one-out,complete', '--out', folder],
    ['rank', ...inputs, '--out', folder],
    [
      'finetune',
      '--model',
      models[1]!,
      '--dataset',
      data,
      '--offline',
      '--quiet',
      '--epochs',
      '2',
      '--objective',
      'classic',
      '--out',
      path.join(root, 'trained'),
    ],
  ]) {
    const { status, err } = await bench(args, { cache });
    assert.equal(status, 0, err);
  }
  cpSync(path.join(root, 'trained', 'training.csv'), path.join(folder, 'training.csv'));
  mkdirSync(path.join(folder, 'maps'));
  writeFileSync(
    path.join(folder, 'maps', 'evil.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>a &lt;b&gt; map</title><script>window.harmed=1</script><image href="https://example.org/x.png" width="1" height="1"/><rect width="9" height="9"/></svg>`,
  );
  const { status, out, err } = await report(folder);
  assert.equal(status, 0, err);
  assert.match(out, /report[/\\]index\.html \(\d\.\d MB\)\n$/);
  if (noBrowser === false) browser = await openBrowser();
});
after(() => browser?.close());

interface Visit {
  readonly page: Page;
  /** Messages that a valid page does not log. */
  readonly complaints: string[];
}

async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const page = await (await browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
  const complaints: string[] = [];
  const own = pathToFileURL(file).href;
  page.on('console', (message) => void complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== own && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(own);
  await page.locator('#cost svg, #layers svg').first().waitFor();
  await page.locator('#confusion svg').waitFor();
  return { page, complaints };
}

async function isWell({ page, complaints }: Visit): Promise<void> {
  assert.equal(await page.evaluate(() => 'harmed' in globalThis), false);
  assert.equal(await page.locator('img:not(.picture img), section script').count(), 0);
  assert.deepEqual(complaints, []);
  await page.context().close();
}

test('report: the page of a hostile run is well; it is sorted, filtered, browsed', { skip: noBrowser }, async () => {
  const seen = await visit();
  const { page } = seen;
  const results = page.locator('#results');

  const head = results.locator('thead th', { hasText: 'Score' });
  await head.locator('button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  const column = (await results.locator('thead th').allTextContents()).indexOf('Score');
  const scores = async (): Promise<number[]> =>
    (await results.locator(`tbody tr > :nth-child(${column + 1})`).allTextContents()).map((text) => Number(text.replace('−', '-')));
  assert.deepEqual(
    await scores(),
    (await scores()).toSorted((a, b) => b - a),
  );
  await page.keyboard.press('Enter');
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(
    await scores(),
    (await scores()).toSorted((a, b) => a - b),
  );
  assert.equal(await head.locator('button').evaluate((button) => getComputedStyle(button).outlineStyle), 'solid');

  const { results: table, estimates } = dataOf(file);
  assert.equal(await results.getByRole('status').textContent(), `${table.rows.length + estimates.rows.length} results`);
  await results.getByLabel('Encoder', { exact: true }).selectOption({ label: EVIL });
  await results.getByLabel('Method', { exact: true }).selectOption({ label: 'k-NN leave-one-out' });
  assert.ok((await results.getByLabel('Encoder', { exact: true }).locator('option').allTextContents()).includes('constructor'));
  const encoders = await results.locator('tbody tr > :nth-child(1)').allTextContents();
  assert.deepEqual([...new Set(encoders)], [EVIL]);
  await results.getByLabel('Search').fill('mean');
  await page.waitForFunction(() => document.querySelector('#results .status')!.textContent.startsWith('3 of'));
  assert.ok((await results.locator('tbody tr').allTextContents()).every((text) => text.includes('mean layer')));

  assert.match((await page.locator('#confusion').textContent()) ?? '', /onerror="window\.harmed=1"/);
  const worst = page.locator('#confusion table', { hasText: 'Most frequent confusions' }).locator('tbody');
  assert.ok(LABELS.includes((await worst.locator('th bdi').first().textContent())!));
  assert.ok((await worst.locator('ul.texts li').count()) > 0);

  const neighbours = page.locator('#neighbours');
  await neighbours.getByLabel('Texts').first().selectOption({ label: 'correct' });
  await neighbours.getByLabel('Search texts and classes').fill('zebra script');
  const second = neighbours.locator('.browse-list button').nth(1);
  await page.waitForFunction(() =>
    [...document.querySelectorAll('#neighbours .browse-list .text')].every((text) => text.textContent.includes('zebra')),
  );
  await second.click();
  assert.equal(await second.getAttribute('aria-pressed'), 'true');
  assert.equal(await neighbours.locator('blockquote').textContent(), await second.locator('.text').textContent());
  assert.equal(await neighbours.locator('.browse-detail tbody tr:not(.below)').count(), 10);
  assert.equal(await neighbours.locator('.browse-detail tbody tr', { hasText: '●' }).count(), 5);

  assert.equal(await page.locator('.picture img').evaluate((image) => (image as HTMLImageElement).decode().then(() => true)), true);
  assert.equal(await page.locator('.picture figcaption').textContent(), 'a <b> map');
  for (const id of ['layers', 'training']) assert.ok((await page.locator(`#${id} svg path`).count()) > 0, id);
  await isWell(seen);
});

test('report: light, dark, and as the system says', { skip: noBrowser }, async () => {
  const seen = await visit({ colorScheme: 'dark' });
  const { page } = seen;
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const ink = () => page.locator('#layers svg text').first().getAttribute('fill');
  const dark = [await paper(), await ink()];
  await page.getByRole('button', { name: 'light' }).click();
  await page.locator('#layers svg').waitFor();
  const light = [await paper(), await ink()];
  assert.ok(light[0] !== dark[0] && light[1] !== dark[1], `${dark} ${light}`);
  await page.getByRole('button', { name: 'auto' }).click();
  await page.locator('#layers svg').waitFor();
  assert.deepEqual([await paper(), await ink()], dark);
  await isWell(seen);
});

test('report: on a telephone nothing is wider than the page', { skip: noBrowser }, async () => {
  const seen = await visit({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  assert.deepEqual(await seen.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]), [390, 390]);
  await isWell(seen);
});

test('report: every table has a caption and heads, every field a label, every chart words and a table', { skip: noBrowser }, async () => {
  const seen = await visit();
  const faults = await seen.page.evaluate(() =>
    [
      ...[...document.querySelectorAll('table')].filter(
        (table) => table.caption?.textContent === '' || [...table.querySelectorAll('th')].some((th) => th.scope === ''),
      ),
      ...[...document.querySelectorAll('select, input')].filter((field) => (field as HTMLInputElement).labels?.length !== 1),
      ...[...document.querySelectorAll('.chart')].filter(
        (chart) => (chart.getAttribute('aria-label') ?? '') === '' || chart.closest('figure')?.querySelector('table') === null,
      ),
      ...[...document.querySelectorAll('img')].filter(({ alt }) => alt === ''),
      ...[...document.querySelectorAll<HTMLAnchorElement>('nav a')].filter(({ hash }) => document.querySelector(hash) === null),
    ].map(({ outerHTML }) => outerHTML.slice(0, 100)),
  );
  assert.deepEqual(faults, []);
  await isWell(seen);
});

test('report: what it shows is what was found; the same bytes again', async () => {
  const { results, confusions, browsers, corpora, rankings, costs, difference } = dataOf(file);
  assert.equal(confusions.length, results.rows.length);
  for (const { row, counts, n, pairs } of confusions) {
    const correct = counts.reduce((sum, [, right]) => sum + right, 0);
    assert.equal(String(correct), results.rows[row]![results.columns.indexOf('correct')]);
    assert.equal(correct + pairs.reduce((sum, [, , times]) => sum + times, 0), n);
  }
  const [{ items, row, k }] = browsers as [PageData['browsers'][number]];
  // All of the 120 texts are browsable, so that their votes give the score of the row.
  assert.equal(items.length, 120);
  assert.equal(k, 5);
  assert.equal(
    String(items.filter(({ truth, given }) => String(truth) === String(given)).length),
    results.rows[row]![results.columns.indexOf('correct')],
  );
  assert.ok(
    items.every(({ neighbours, row: own }) =>
      neighbours.every((one, at) => one.row !== own && (at === 0 || one.distance >= neighbours[at - 1]!.distance)),
    ),
  );
  assert.deepEqual(corpora[0]!.classes.toSorted(), LABELS.toSorted());
  assert.deepEqual(
    rankings.filter(({ by }) => by === 'results' || by === 'knn').map(({ test: how, lines }) => [how, lines.length]),
    [
      ['mcnemar', 2],
      ['mcnemar', 2],
    ],
  );
  assert.deepEqual(
    costs.map(({ parameters, textMs }) => [parameters! > 0, textMs! > 0]),
    [
      [true, true],
      [true, true],
    ],
  );
  assert.equal(difference, undefined);
  const first = readFileSync(file);
  assert.equal((await report(folder, '--out', path.join(root, 'again'))).status, 0);
  assert.deepEqual(readFileSync(path.join(root, 'again', 'index.html')), first);
});

test('report: opens on the answer of the ranking, word for word, and says how to leave texts out', async () => {
  for (const by of ['knn', 'centroid', 'logme']) {
    const own = path.join(root, `by-${by}`);
    const ranked = await bench(['rank', ...inputs, '--by', by, '--out', own], { cache });
    assert.equal(ranked.status, 0, ranked.err);
    assert.equal((await report(own)).status, 0);
    const [verdict] = dataOf(path.join(own, 'report', 'index.html')).verdicts;
    assert.equal(verdict!.sentence, printable(ranked.out.trimEnd().split('\n').at(-1)!));
  }
  const { withoutTexts } = dataOf(file);
  assert.equal(withoutTexts, `npx bench report ${folder} --texts=false`);
});

test('report: --texts=false leaves no text in the file, --neighbours bounds what is browsed', async () => {
  const out = path.join(root, 'private');
  assert.equal((await report(folder, '--out', out, '--texts=false', '--neighbours', '8')).status, 0);
  const page = readFileSync(path.join(out, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /zebra|quiz/);
  const { browsers, corpora } = dataOf(path.join(out, 'index.html'));
  assert.equal(browsers[0]!.items.length, 8);
  assert.deepEqual(
    corpora.map(({ texts }) => texts),
    [{}],
  );
});

test('report: what differs from the last commit, or from what is named', async () => {
  const own = path.join(root, 'git');
  cpSync(folder, own, { recursive: true });
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'results'],
  ])
    execFileSync('git', args, { cwd: own });
  const out = path.join(root, 'compared');
  const notes = (): unknown => dataOf(path.join(out, 'index.html')).notes.difference;
  assert.equal((await report(own, '--out', out, '--neighbours', '0', '--texts=false')).status, 0);
  assert.deepEqual(notes(), ['No changes since the last commit; `--against REV_OR_FOLDER` compares with another.']);
  const [head, ...lines] = readFileSync(path.join(own, 'results.csv'), 'utf8').trimEnd().split('\n');
  writeFileSync(path.join(own, 'results.csv'), `${[head, ...lines.slice(2)].join('\n')}\n`);
  assert.equal((await report(own, '--out', out, '--neighbours', '0', '--texts=false')).status, 0);
  const changes = (): unknown => {
    const { cells } = dataOf(path.join(out, 'index.html')).difference!;
    return (['gone', 'new', 'unchanged'] as const)
      .map((change) => [change, cells.filter((cell) => cell.change === change).length])
      .filter(([, many]) => many !== 0);
  };
  assert.deepEqual(changes(), [
    ['gone', 2],
    ['unchanged', lines.length - 2],
  ]);
  assert.equal((await report(folder, '--against', own, '--out', out, '--neighbours', '0')).status, 0);
  assert.deepEqual(changes(), [
    ['new', 2],
    ['unchanged', lines.length - 2],
  ]);
});

test('report: whether frozen scores told the best, once encoders are trained', async () => {
  const own = path.join(root, 'agreement');
  const { rows: all } = await readRows(path.join(folder, 'results.csv'));
  const row = all.find(({ protocol, pooling, layers }) => protocol === 'leave-one-out' && pooling === 'mean' && layers === '1')!;
  const encoders = [
    ['a', '50.00', '81.00'],
    ['b', '60.00', '85.00'],
    ['c', '70.00', '83.00'],
  ] as const;
  const frozen = encoders.map(([encoder, score]) => ({ ...row, encoder, micro_f1: score }));
  const trained = encoders.map(([encoder, , score]) => ({
    ...row,
    encoder,
    micro_f1: score,
    protocol: 'head',
    split: 'test',
    objective: 'classic',
    seed: '1',
  }));
  await writeRows({ file: path.join(own, 'results.csv'), rows: [...frozen, ...trained] });
  assert.equal((await report(own, '--texts=false', '--neighbours', '0')).status, 0);
  const lines = dataOf(path.join(own, 'report', 'index.html')).agreement.filter(({ estimate }) => estimate.startsWith('mean'));
  assert.deepEqual(
    lines.map(({ dataset, encoders: many, spearman, regret, hit }) => [dataset, many, spearman.value, regret.value, hit.value]),
    [
      [undefined, 3, 0.5, 2, 0],
      ['topics', 3, 0.5, 2, 0],
    ],
  );
});

test('report: inputs that are gone or others are said, and the rest stays', async () => {
  const own = path.join(root, 'own');
  cpSync(folder, own, { recursive: true });
  rmSync(path.join(own, 'costs.csv'));
  const out = path.join(root, 'without');
  renameSync(models[1]!, `${models[1]}-gone`);
  writeFileSync(`${data}.kept`, readFileSync(data));
  try {
    assert.equal((await report(own, '--out', out)).status, 0);
    const { notes, rankings } = dataOf(path.join(out, 'index.html'));
    assert.match(
      String(notes.cost),
      /Parameters of constructor are unknown: constructor: Folder not found\. Name it with --model, as in the run\./,
    );
    assert.ok(rankings.length > 0);
    assert.equal((await report(folder, '--out', out)).status, 0);
    assert.doesNotMatch(String(dataOf(path.join(out, 'index.html')).notes.cost), /Parameters of constructor/);
    writeFileSync(data, `${readFileSync(data, 'utf8')}a,b\n`);
    assert.equal((await report(folder, '--out', out)).status, 0);
    assert.deepEqual(dataOf(path.join(out, 'index.html')).notes.neighbours?.slice(1, 2), [
      'No texts of topics: Its texts or classes have changed since they were scored.',
    ]);
  } finally {
    renameSync(`${models[1]}-gone`, models[1]!);
    renameSync(`${data}.kept`, data);
  }
});

test('report: what a folder from somebody else names is asked for and not opened, unless it is named here or trusted', async () => {
  const foreign = path.join(root, 'foreign');
  cpSync(folder, foreign, { recursive: true });
  // It has the parameters of encoders whose files are not available.
  rmSync(path.join(foreign, 'costs.csv'));
  const { rows: all } = await readRows(path.join(foreign, 'results.csv'));
  const COMMIT = 'c'.repeat(40);
  await writeRows({ file: path.join(foreign, 'results.csv'), rows: [...all, { ...all[0]!, encoder: 'acme/spy@2', revision: COMMIT }] });
  const page = (): PageData => dataOf(path.join(foreign, 'report', 'index.html'));
  const asked = async (args: readonly string[] = [], stranger = path.join(root, 'stranger')): Promise<string> => {
    const { status, err } = await bench(['report', foreign, '--quiet', '--offline', '--neighbours', '5', ...args], { cache: stranger });
    assert.equal(status, 0, err);
    return err;
  };
  const named = [...models.map((model) => `--model ${model}`), `--dataset ${data}`, `--model hf:acme/spy@${COMMIT}`];
  const line = (names: readonly string[]) =>
    `${foreign} names inputs that were never opened on this machine with this --cache; not opened: ${names.join(', ')}. Use --trust-run to open them.\n`;

  assert.equal(await asked(), line(named));
  assert.equal(page().browsers.length, 0);
  for (const model of models) {
    assert.ok(String(page().notes.cost).includes(`${path.basename(model)}: Folder not found.`));
  }
  assert.match(String(page().notes.confusion), /No texts of topics: topics: File not found\. Name it with --dataset/);
  assert.match(
    String(page().notes.cost),
    /acme\/spy@2: This repository was never opened on this machine\. Name it with --model hf:acme\/spy, or give --trust-run\./,
  );

  // Named by a flag of the report, one kind at a time.
  assert.equal(
    await asked(['--dataset', data, '--label-column', 'label', '--text-column', 'text']),
    line(named.filter((name) => !name.startsWith('--dataset'))),
  );
  assert.ok(page().confusions.some(({ examples }) => examples.flat().length > 0));
  assert.equal(await asked(models.flatMap((model) => ['--model', model])), line([`--dataset ${data}`, `--model hf:acme/spy@${COMMIT}`]));
  assert.doesNotMatch(String(page().notes.cost), /Folder not found/);

  // Trusted, everything is opened: the repository is looked up, and is not in the cache.
  assert.equal(await asked(['--trust-run']), '');
  assert.ok(page().browsers.length > 0);
  assert.match(String(page().notes.cost), /acme\/spy@2.*Snapshot cccccccccccc is not in the cache/);

  // The user who made the run needs no confirmation.
  assert.equal(await asked([], cache), line([`--model hf:acme/spy@${COMMIT}`]));
  assert.ok(page().browsers.length > 0);
});

test('report: rows that no run wrote are said, and the rest of the page stays', async () => {
  const strange = path.join(root, 'strange');
  cpSync(folder, strange, { recursive: true });
  const { rows: all } = await readRows(path.join(strange, 'results.csv'));
  const of = all.filter(({ encoder, protocol }) => encoder === path.basename(models[1]!) && protocol === 'leave-one-out').slice(0, 1);
  for (const [change, line] of [
    [{ pooling: 'constructor' }, 'Its pooling is "constructor", which is not a valid value.'],
    [{ metric: '__proto__' }, 'Its metric is "__proto__", which is not a valid value.'],
    [{ votes: '\u001B[2J' }, String.raw`Its votes is "\u001b[2J", which is not a valid value.`],
    [{ k: '1e9' }, 'Its k is "1e9", which is not a valid number of neighbours.'],
    [{ pooling: 'as-published' }, 'It was published without a pooling, but its row has one.'],
  ] as const) {
    await writeRows({ file: path.join(strange, 'results.csv'), rows: of.map((row) => ({ ...row, ...change })) });
    const { status, err } = await report(strange, '--neighbours', '5');
    assert.deepEqual([status, err], [0, '']);
    assert.ok(String(dataOf(path.join(strange, 'report', 'index.html')).notes.neighbours).includes(`topics: constructor: ${line}`), line);
  }
});

test('report: a registry of somebody else is not read', async () => {
  const foreign = path.join(root, 'registry');
  cpSync(folder, foreign, { recursive: true });
  const registry = path.join(root, 'theirs.json');
  writeFileSync(registry, '{');
  writeFileSync(
    path.join(foreign, 'run.json'),
    JSON.stringify({ command: ['run', '--models-file', registry, '--datasets-file', registry, '--dataset', 'sms-spam'] }),
  );
  const { status, err } = await bench(['report', foreign, '--quiet', '--offline'], { cache: path.join(root, 'stranger') });
  assert.deepEqual(
    [status, err],
    [
      0,
      `${foreign} names inputs that were never opened on this machine with this --cache; not opened: --models-file ${registry}, --datasets-file ${registry}. ` +
        `Use --trust-run to open them.\n`,
    ],
  );
  assert.equal((await bench(['report', foreign, '--quiet', '--offline', '--trust-run'], { cache: path.join(root, 'stranger') })).status, 2);
});

test('report: of estimates alone, as bench rank leaves them; costs.csv is read', async () => {
  const own = path.join(root, 'estimated');
  mkdirSync(own);
  writeFileSync(
    path.join(own, 'estimates.csv'),
    'encoder,dataset,estimator,pooling,layers,score\na,topics,logme,mean,last,0.5\nb,topics,logme,mean,last,0.25\n',
  );
  writeFileSync(
    path.join(own, 'costs.csv'),
    'encoder,dataset,dtype,parameters,text_ms,tokens_per_second,memory_mb,max_length\na,topics,fp32,1000000,2.500,4000,120,64\n',
  );
  assert.equal((await report(own)).status, 0);
  const { rankings, costs, notes } = dataOf(path.join(own, 'report', 'index.html'));
  assert.deepEqual(
    rankings.map(({ by, lines }) => [by, lines.map(({ encoder }) => encoder)]),
    [['logme', ['a', 'b']]],
  );
  assert.deepEqual(costs, [{ encoder: 'a', parameters: 1e6, textMs: 2.5, memoryMb: 120 }]);
  assert.ok(notes.confusion!.length > 0);
});

test('report: bad input is one line', async () => {
  const empty = path.join(root, 'empty');
  mkdirSync(empty);
  assert.equal(
    (await report(empty)).err,
    `bench: ${empty}: Neither results.csv nor estimates.csv found. Run \`bench\` or \`bench rank\` first, or name a results folder.\n`,
  );
  assert.equal(
    (await report(`${empty}-not`)).err,
    `bench: ${empty}-not: Folder not found. Run \`bench\` or \`bench rank\` first, or name a results folder.\n`,
  );
  assert.match(
    (await report(folder, '--against', 'nowhere')).err,
    /^bench: "nowhere" is not a file or folder, nor a revision: .* Give a results folder, a results\.csv, or a git revision\.\n$/,
  );
  assert.equal((await report(folder, '--neighbours', '-1')).err, 'bench: --neighbours: It takes a whole number of at least 0, got "-1".\n');
  assert.equal((await report(folder, '--title=')).err, 'bench: --title: It is empty. Omit it for the names of the datasets.\n');
  assert.equal((await report(folder, 'more')).err, 'bench: Expected one folder, got 2. Name one.\n');
});

test('report: broken files are named, and nothing is written', async () => {
  const own = path.join(root, 'broken');
  cpSync(folder, own, { recursive: true });
  rmSync(path.join(own, 'report'), { recursive: true });
  writeFileSync(path.join(own, 'estimates.csv'), 'encoder,dataset\n');
  assert.match(
    (await report(own)).err,
    /^bench: .*estimates\.csv:1: Not a file of estimates: column estimator, pooling, score is missing\./,
  );
  assert.throws(() => statSync(path.join(own, 'report', 'index.html')), { code: 'ENOENT' });
});
