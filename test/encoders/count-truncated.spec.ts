import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTruncated } from '../../src/encoders/count-truncated.ts';
import { TextTokenizer } from '../../src/encoders/tokenizer.ts';
import { oracleFolders } from '../oracles.ts';

const families = ['minilm', 'roberta', 'albert', 'deberta-v2', 'tokenizer-unigram-nmt-nfkc', 't5', 'qwen3', 'bert-cased'];
const WORDS = [
  'a',
  'zebra',
  'Straße',
  '我',
  '😂',
  'ﷺ',
  'ﬁ',
  'e\u0301',
  ' ',
  '  ',
  '.',
  'antidisestablishmentarianism',
  '\u0378',
  '12345',
  '\ufdfa\ufdfa',
];
const texts = Array.from({ length: 400 }, (_, i) =>
  Array.from({ length: i % 20 === 0 ? 300 : i % 40 }, (_each, j) => WORDS[(i * 7 + j * (1 + (i % 5))) % WORDS.length]).join(
    i % 3 === 0 ? ' ' : '',
  ),
);

function makesNoPairs(tokenizer: TextTokenizer): boolean {
  try {
    tokenizer.encodePair('a', 'b', 8);
    return false;
  } catch {
    return true;
  }
}

for (const { name, at, skip } of families.flatMap((family) => oracleFolders(family, 'tokenizer.json'))) {
  test(`truncated texts: ${name}: those that are not tokenised are none`, { skip }, async () => {
    const tokenizer = await TextTokenizer.read(at('tokenizer.json'));
    for (const maxLength of [8, 16, 33]) {
      const want = texts.filter((text) => tokenizer.encode(text, maxLength).total > maxLength).length;
      assert.deepEqual(await countTruncated({ tokenizer, maxLength }, texts), { texts: want, estimated: false });
      const isCut = (text: string): boolean => tokenizer.encode(text, maxLength).total > maxLength;
      const pairs = texts.map((first, i) => [first, texts[(i * 3 + 1) % texts.length]!] as const);
      const apart = pairs.filter((pair) => pair.some(isCut)).length;
      assert.deepEqual(await countTruncated({ tokenizer, maxLength }, pairs), { texts: apart, estimated: false });
      if (makesNoPairs(tokenizer)) continue;
      const joint = pairs.filter(([first, second]) => tokenizer.encodePair(first, second, maxLength).total > maxLength).length;
      const together = pairs.map(([first, second]) => ({ first, second }));
      assert.deepEqual(await countTruncated({ tokenizer, maxLength }, together), { texts: joint, estimated: false });
    }
  });
}

test('truncated texts: of too many characters an even part is counted, and said', async () => {
  const tokenizer = { encode: (text: string) => ({ ids: new Int32Array(), total: text.length + 2 }) } as unknown as Parameters<
    typeof countTruncated
  >[0]['tokenizer'];
  // Every second of the long ones is too long.
  const many = Array.from({ length: 4000 }, (_, i) => 'x'.repeat(i % 2 === 0 ? 10 : i % 4 === 1 ? 60 : 49));
  assert.deepEqual(await countTruncated({ tokenizer, maxLength: 51 }, many), { texts: 1000, estimated: false });
  const { texts: about, estimated } = await countTruncated({ tokenizer, maxLength: 51 }, many, 20_000);
  assert.ok(estimated && Math.abs(about - 1000) < 100, String(about));
  assert.deepEqual(await countTruncated({ tokenizer, maxLength: 100 }, []), { texts: 0, estimated: false });
});
