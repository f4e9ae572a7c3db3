import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { htmlOf, scriptJson } from '../../../src/report/html/html.ts';
import { joinModules } from '../../../src/report/html/join-modules.ts';
import { readPictures } from '../../../src/report/html/pictures.ts';
import type { PageData } from '../../../src/report/page/data.ts';
import { temporaryFolder } from '../../temporary.ts';

const root = temporaryFolder();
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const none = { columns: [], rows: [] };
const EMPTY: PageData = {
  title: '</script><script>x',
  version: '1',
  titles: { encoders: {}, datasets: {}, estimators: {}, objectives: {} },
  results: none,
  estimates: none,
  training: none,
  costs: [],
  rankings: [],
  overall: [],
  verdicts: [],
  agreement: [],
  difference: undefined,
  corpora: [],
  rowCorpora: [],
  confusions: [],
  browsers: [],
  pictures: [],
  notes: {},
};

test('html: JSON ends no script, begins no comment, breaks no line', () => {
  const value = ['</script>', '<!--', ']]>', '\u2028\u2029', '&amp;', '"\\'];
  assert.match(scriptJson(value), /^[^<>&\u2028\u2029]*$/);
  assert.deepEqual(JSON.parse(scriptJson(value)), value);
});

test('html: only its own scripts and style may run, and nothing is fetched', () => {
  const page = htmlOf(EMPTY);
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const scripts = [...page.matchAll(/<script(?: type="text\/plain" class="library")?>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  assert.equal(
    policy,
    `default-src 'none'; script-src ${scripts.map(hash).join(' ')}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
  );
  assert.equal(scripts.length, 5);
  assert.equal(page.match(/<\/script>/g)?.length, scripts.length + 1);
  assert.doesNotMatch(page, /<(link|img|script|iframe)[^>]* (src|href)="(?!data:)/);
  assert.doesNotMatch(scripts.at(-1)!, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
});

test('join modules: each once, after what it imports; names do not meet', () => {
  writeFileSync(
    path.join(root, 'a.js'),
    'const own = 1;\nexport function one() { return own; }\nexport const two = 2;\n//# sourceMappingURL=a.js.map\n',
  );
  writeFileSync(
    path.join(root, 'b.js'),
    "import { one } from './a.js';\nconst own = 10;\nexport function three() { return own + one(); }\n",
  );
  writeFileSync(
    path.join(root, 'c.js'),
    "import { three as sum } from './b.js';\nimport { two } from './a.js';\nglobalThis.result = [sum(), two];\nexport {};\n",
  );
  const context: { result?: unknown } = {};
  runInNewContext(`globalThis.globalThis = globalThis; ${joinModules({ folder: root, entry: 'c' })}`, context);
  assert.equal(JSON.stringify(context.result), '[11,2]');
  writeFileSync(path.join(root, 'd.js'), "import all from './a.js';\n");
  assert.throws(() => joinModules({ folder: root, entry: 'd' }), {
    message: "d.js: A line that cannot be joined: import all from './a.js';",
  });
});

test('pictures: in the order of their names, by their own titles, within a limit; a folder is none, a dangling link is said', async () => {
  assert.deepEqual(await readPictures(root), { pictures: [], left: [], unreadable: [], found: 0 });
  mkdirSync(path.join(root, 'maps'));
  const put = (name: string, text: string): void => writeFileSync(path.join(root, 'maps', name), text);
  put('map-10.svg', '<svg><title>a &lt;b&gt; &amp;amp; c</title></svg>');
  put('map-9.svg', '<svg/>');
  put('notes.txt', 'none');
  put('map-11.svg', ' '.repeat((12 << 20) + 1));
  mkdirSync(path.join(root, 'maps', 'folder.svg'));
  symlinkSync(path.join(root, 'gone'), path.join(root, 'maps', 'dangling.svg'));
  const { pictures, left, unreadable, found } = await readPictures(root);
  assert.deepEqual(
    pictures.map(({ title }) => title),
    ['map-9', 'a <b> &amp; c'],
  );
  assert.deepEqual([left, unreadable, found], [['map-11.svg'], ['dangling.svg'], 4]);
  assert.equal(Buffer.from(pictures[0]!.svg, 'base64').toString(), '<svg/>');
});
