/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { writeRows } from '../../src/results/csv.ts';
import type { Row } from '../../src/results/row.ts';
import { noBrowser, openBrowser } from '../browser.ts';
import { row } from '../results/rows.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

/** The page of a hundred results, as displayed on a phone, on a screen, on paper. */

const root = temporaryFolder();
const folder = path.join(root, 'hundred');
const file = path.join(folder, 'report', 'index.html');
const ENCODERS = Array.from({ length: 10 }, (_, at) => `an-encoder-of-a-long-name-v${at}`);
const DATASETS = ['questions', 'reviews', 'tickets', 'headlines', 'commands'];
const between = (score: number, n: number): Partial<Row> => {
  const [value, low, high] = [score, score - 3, score + 3].map((each) => each.toFixed(2));
  const correct = String(Math.round((score / 100) * n));
  return { n: String(n), correct, accuracy: value!, micro_f1: value!, macro_f1: value!, micro_f1_low: low!, micro_f1_high: high! };
};
const frozen = DATASETS.flatMap((dataset, d) =>
  ENCODERS.map((encoder, e) => row({ encoder, dataset, data_hash: dataset, ...between(70 + ((e * 7 + d * 3) % 10), 1000) })),
);
const tuned = DATASETS.slice(0, 2).flatMap((dataset, d) =>
  ENCODERS.map((encoder, e) =>
    row({
      encoder,
      dataset,
      data_hash: dataset,
      protocol: 'head',
      split: 'test',
      objective: 'classic',
      seed: '1',
      k: '',
      metric: '',
      votes: '',
      index: '',
      ...between(82 + ((e * 3 + d) % 10), 500),
    }),
  ),
);
/** Frozen, scored on the texts of the fine-tuned ones. */
const onTest = ENCODERS.slice(0, 3).map((encoder, e) =>
  row({ encoder, dataset: 'questions', data_hash: 'questions', protocol: 'fit-train', split: 'test', ...between(80 + e, 500) }),
);
const ESTIMATES = DATASETS.slice(0, 3).flatMap((dataset) =>
  ENCODERS.map((encoder, e) => `${encoder},${dataset},logme,mean,last,-0.${90 - e},class`),
);

let browser: Browser | undefined;
before(async () => {
  const together = row({ encoder: 'concat-all', dataset: 'tickets', data_hash: 'tickets', members: 'a;b', ...between(99, 1000) });
  await writeRows({ file: path.join(folder, 'results.csv'), rows: [...frozen, ...tuned, ...onTest, together] });
  writeFileSync(
    path.join(folder, 'estimates.csv'),
    `encoder,dataset,estimator,pooling,layers,score,label_field\n${ESTIMATES.join('\n')}\n`,
  );
  writeFileSync(
    path.join(folder, 'costs.csv'),
    `encoder,dataset,dtype,parameters,text_ms,tokens_per_second,memory_mb,max_length\n${ENCODERS.slice(0, 9)
      .map((encoder, e) => `${encoder},questions,fp32,${(e + 1) * 1e7},${e + 1}.500,4000,120,64`)
      .join('\n')}\n`,
  );
  writeFileSync(
    path.join(folder, 'run.json'),
    JSON.stringify({ command: ['run'], finished: '2026-03-04T23:30:00.000Z', plan: { datasets: DATASETS } }),
  );
  mkdirSync(path.join(folder, 'maps'));
  writeFileSync(path.join(folder, 'maps', 'a.svg'), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>a map</title></svg>');
  const { status, err } = await bench(['report', folder, '--title', 'A hundred results', '--quiet', '--offline'], {
    cache: path.join(root, 'cache'),
  });
  assert.equal(status, 0, err);
  if (noBrowser === false) browser = await openBrowser();
});
after(() => browser?.close());

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const opened = await (await browser!.newContext({ viewport: { width: 1000, height: 900 }, ...options })).newPage();
  await opened.goto(pathToFileURL(file).href);
  await opened.locator('#cost svg.marks').waitFor();
  return opened;
}

test('report page: a hundred results are under 3 MB', () => {
  assert.ok(statSync(file).size < 3e6, `${statSync(file).size} bytes`);
});

test(
  'report page: the title that was asked for, the day of the run, and all that was measured in one list',
  { skip: noBrowser },
  async () => {
    const opened = await open();
    assert.equal(await opened.title(), 'A hundred results – embedding-bench');
    assert.equal(await opened.locator('h1').textContent(), 'A hundred results');
    assert.equal(await opened.locator('header .lead').textContent(), '2026-03-04: 10 encoders, 5 datasets, 104 results.');
    assert.equal(await opened.locator('#results .status').textContent(), '104 results');
    assert.deepEqual(await opened.getByLabel('Method', { exact: true }).locator('option').allTextContents(), [
      'all',
      'classification head',
      'k-NN leave-one-out',
      'k-NN fit-train',
      'LogME',
    ]);
    await opened.context().close();
  },
);

test('report page: opens with the verdict; what has no data is left out, and said at the end', { skip: noBrowser }, async () => {
  const opened = await open();
  assert.deepEqual(await opened.locator('main h2').allTextContents(), [
    'Verdict',
    'Score vs. cost',
    'Results',
    'Did frozen scores predict fine-tuned scores?',
    'Maps',
  ]);
  assert.deepEqual(await opened.locator('nav a').allTextContents(), await opened.locator('main h2').allTextContents());
  assert.match(
    (await opened.locator('footer details').textContent())!,
    /^Not on this page \(\d\).*`?bench finetune`? writes training\.csv\./,
  );
  assert.equal(await opened.locator('.verdicts li').count(), DATASETS.length);
  assert.match((await opened.locator('.verdicts li').nth(4).textContent())!, /on commands.* ms\/text, \d+M parameters\.$/);
  assert.deepEqual(
    (await opened.locator('.verdicts li .note').allTextContents()).map((text) => text.split(':')[0]),
    DATASETS,
  );
  const answers = await opened.locator('#verdict > .answer').allTextContents();
  assert.match(answers[0]!, /fine-tuned by classification head is best or tied for first on 2 of 2 datasets, /);
  assert.match(answers[1]!, /^an-encoder-of-a-long-name-v\d is best or tied for first on \d of 3 datasets, /);
  assert.equal(await opened.locator('.warning').count(), 0);
  await opened.context().close();
});

test('report page: a score of the heat map leads to its results', { skip: noBrowser }, async () => {
  const opened = await open();
  const map = opened.locator('#verdict .table').first();
  assert.equal(await map.locator('thead th').count(), 1 + DATASETS.length);
  assert.equal(await map.locator('tbody tr').count(), ENCODERS.length);
  assert.equal(await map.locator('tbody strong').count(), DATASETS.length);
  const shades = await map
    .locator('tbody td')
    .evaluateAll((cells) =>
      cells.map(
        (cell) =>
          [
            /^\d+\.\d+(?=°|$)/.exec(cell.textContent)![0],
            cell.querySelector('strong') !== null || cell.textContent.endsWith('°'),
            cell.className,
          ] as const,
      ),
    );
  for (const [score, first_, shade] of shades)
    assert.match(shade, first_ ? /heat-8/ : new RegExp(`heat-${Math.min(7, Math.round(8 * (1 - (79 - Number(score)) / 20)))}`), score);
  assert.match(
    (await opened.locator('#verdict .note').first().textContent())!,
    /^Shade: +from the best of the dataset, and those tied with it, to 20 points or more below it\. Click/,
  );
  const [first, name] = [map.locator('tbody tr').first(), await map.locator('tbody th').first().textContent()];
  await first.locator('button.score').first().click();
  const rows = opened.locator('#results tbody tr');
  assert.ok((await rows.count()) > 0);
  assert.deepEqual([...new Set(await rows.locator('th > span > bdi').allTextContents())], [name]);
  assert.equal(await opened.evaluate(() => document.activeElement?.id), 'results');
  await opened.locator('#verdict').getByLabel('Score', { exact: true }).first().selectOption({ label: 'Fine-tuned and frozen' });
  assert.deepEqual(await map.locator('thead th').allTextContents(), ['Encoder', 'questions', 'reviews']);
  await opened.context().close();
});

test(
  'report page: at 400 pixels scores are in sight, rows are no taller than their names, and what scrolls says so',
  { skip: noBrowser },
  async () => {
    const opened = await open({ viewport: { width: 400, height: 860 }, isMobile: true, hasTouch: true });
    const seen = await opened.evaluate(() => {
      const table = document.querySelector('#results table')!;
      const score = table.querySelector('tbody strong')!.getBoundingClientRect();
      const region = table.parentElement!;
      const tall = [...table.querySelectorAll('tbody tr')].filter(
        (line) => line.getBoundingClientRect().height > line.querySelector('th > *')!.getBoundingClientRect().height + 24,
      );
      return {
        width: document.documentElement.scrollWidth,
        right: score.right,
        scrolls: region.scrollWidth > region.clientWidth,
        hint: region.previousElementSibling?.getBoundingClientRect().height,
        tall: tall.length,
      };
    });
    assert.deepEqual([seen.width, seen.scrolls, seen.tall], [400, true, 0]);
    assert.ok(seen.right <= 400 && seen.hint! > 0, JSON.stringify(seen));
    await opened.context().close();
  },
);

test(
  'report page: the chart of costs says who is frozen and who is missing, and of a line only if there is one',
  { skip: noBrowser },
  async () => {
    const opened = await open({ viewport: { width: 400, height: 860 } });
    const cost = opened.locator('#cost');
    assert.match(
      (await cost.locator('figcaption').textContent())!,
      /ring: frozen, dot: fine-tuned\. The line is the Pareto front.*Not shown, as the latency is unknown: an-encoder-of-a-long-name-v9\.$/,
    );
    const labels = await cost
      .locator('svg .mark-text.role-mark')
      .last()
      .locator('text')
      .evaluateAll((texts) =>
        texts.map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return { text: text.textContent, left, right, top, bottom };
        }),
      );
    assert.ok(labels.length > 1 && labels.some(({ text }) => text.endsWith(', fine-tuned')), JSON.stringify(labels));
    for (const [at, one] of labels.entries())
      for (const other of labels.slice(at + 1))
        assert.ok(
          one.right <= other.left || other.right <= one.left || one.bottom <= other.top + 1 || other.bottom <= one.top + 1,
          `${JSON.stringify(one)} ${JSON.stringify(other)}`,
        );
    await opened.context().close();
  },
);

test('report page: the first page on paper is the verdict, in light colours', { skip: noBrowser }, async () => {
  const opened = await open({ colorScheme: 'dark' });
  const ink = (): Promise<string | null> => opened.locator('#cost svg.marks text').first().getAttribute('fill');
  const dark = await ink();
  await opened.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await opened.emulateMedia({ media: 'print' });
  assert.notEqual(await ink(), dark);
  const [paper, breaks, menus] = await opened.evaluate(() => [
    getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector('#cost')!).breakBefore,
    [...document.querySelectorAll('.controls')].filter((each) => each.getClientRects().length > 0).length,
  ]);
  assert.deepEqual([paper, breaks, menus], ['rgb(253, 253, 252)', 'page', 0]);
  await opened.emulateMedia({ media: null });
  await opened.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await ink(), dark);
  await opened.evaluate(() => {
    for (const other of document.querySelectorAll('section:not(#verdict), footer')) other.remove();
  });
  const pdf = (await opened.pdf({ format: 'A4' })).toString('latin1');
  assert.equal(pdf.match(/\/Type \/Page\b/g)?.length, 1);
  await opened.context().close();
});

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

for (const width of [400, 1000]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`report page: axe finds nothing serious at ${width} pixels, ${colorScheme}`, { skip: noBrowser }, async () => {
      const opened = await open({ viewport: { width, height: 900 }, colorScheme });
      await opened.evaluate(axe);
      const found = await opened.evaluate(async () => {
        const { violations } = await (
          globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
          }
        ).axe.run();
        return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]!.html.slice(0, 120)}`);
      });
      assert.deepEqual(
        found.filter((line) => /^(serious|critical) /.test(line)),
        [],
      );
      await opened.context().close();
    });
  }
}
