import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { writeRows } from '../../src/results/csv.ts';
import { scored } from '../results/rows.ts';
import { temporaryFolder } from '../temporary.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');

test('agree: the published tables, by each pooling, with regret and intervals', async () => {
  const { status, out } = await bench(['agree', '--published', '--format', 'csv'], { cache });
  assert.equal(status, 0);
  const lines = out
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  // cls of TREC-6: four frozen scores in the order of four fine-tuned ones except for one pair, values by scipy.
  const line = out.split('\n').find((each) => each.startsWith('classic,"cls, complete",TREC6,5,'))!;
  assert.match(line, /^classic,"cls, complete",TREC6,5,0\.\d{4},0\.8721,0\.7379,0\.\d{4},0\.00,1\.0000/);
  assert.ok(lines.length > 10);
  const markdown = (await bench(['agree', '--published', '--format', 'markdown'], { cache })).out;
  assert.match(markdown, /^# Did frozen scores predict fine-tuned scores\?\n/);
});

test('agree: of one’s own folder, seeds averaged; too few encoders are one line', async () => {
  const folder = path.join(root, 'results');
  const rows = [70, 75, 80].flatMap((score, i) => [
    scored(`e${i}`, 'trec6', `${score}.00`, { pooling: 'cls' }),
    ...[1, 2].map((seed) =>
      scored(`e${i}`, 'trec6', `${90 + i + seed / 2}.00`.replace('.5.00', '.50'), {
        pooling: 'cls',
        protocol: 'fit-train',
        split: 'test',
        objective: 'cea',
        seed: String(seed),
      }),
    ),
  ]);
  await writeRows({ file: path.join(folder, 'results.csv'), rows });
  const { status, out } = await bench(['agree', folder, '--format', 'csv'], { cache });
  assert.equal(status, 0);
  assert.match(out, /^cea,"cls, leave-one-out",trec6,3,1\.0000,1\.0000,1\.0000,1\.0000,0\.00,1\.0000/m);
  assert.match(out, /^cea,random choice,trec6,3,0\.0000,0\.0000,0\.0000,0\.0000,1\.00,0\.3333,/m);
  await writeRows({ file: path.join(folder, 'results.csv'), rows: rows.slice(0, 6) });
  const few = await bench(['agree', folder], { cache });
  assert.deepEqual(
    [few.status, few.err],
    [
      2,
      'bench: No dataset has 3 encoders with both frozen and fine-tuned scores. Run `bench rank` or `bench run`, and `bench finetune`, with the same encoders and datasets into one folder, or name several.\n',
    ],
  );
});

test('agree: as a picture, names escaped; another kind of file is one line', async () => {
  const folder = path.join(root, 'hostile');
  const name = '</text><script>alert(1)</script>';
  await writeRows({
    file: path.join(folder, 'results.csv'),
    rows: [70, 75, 80].flatMap((score, i) => [
      scored(`e${i}`, 'd', `${score}.00`, { pooling: name }),
      scored(`e${i}`, 'd', `${90 + i}.00`, { protocol: 'head', split: 'test', objective: '<b>&"' }),
    ]),
  });
  const svg = path.join(root, 'agreement.svg');
  assert.equal((await bench(['agree', folder, '--picture', svg], { cache })).status, 0);
  const text = readFileSync(svg, 'utf8');
  assert.match(text, /^<svg [^>]*><title>Agreement/);
  assert.match(text, /&lt;script&gt;/);
  assert.doesNotMatch(text, /<script|<b>/);
  const png = path.join(root, 'agreement.png');
  assert.equal((await bench(['agree', folder, '--picture', png], { cache })).status, 0);
  assert.equal(readFileSync(png).subarray(1, 4).toString(), 'PNG');
  const other = await bench(['agree', folder, '--picture', 'agreement.gif'], { cache });
  assert.deepEqual([other.status, other.err], [2, 'bench: --picture: "agreement.gif" is neither a .svg nor a .png file. Name one.\n']);
});
