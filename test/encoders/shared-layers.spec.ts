import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutCounts, groupOf, innerLayers } from '../../src/encoders/shared-layers.ts';

const albert = (layers: number, groups: number, inner = 1) => ({
  model_type: 'albert',
  num_hidden_layers: layers,
  num_hidden_groups: groups,
  inner_group_num: inner,
});
const cut = (config: Readonly<Record<string, unknown>>, layers: number) => cutCounts(config, { key: 'num_hidden_layers', layers });

test('shared layers: a cut changes the number of layers alone, where they share nothing or everything', () => {
  assert.deepEqual(cut({ model_type: 'bert', num_hidden_layers: 12 }, 5), { num_hidden_layers: 5 });
  assert.deepEqual(cut({ model_type: 'albert', num_hidden_layers: 12 }, 5), { num_hidden_layers: 5 });
  assert.deepEqual(cutCounts({ model_type: 't5', num_layers: 12 }, { key: 'num_layers', layers: 3 }), { num_layers: 3 });
});

test('shared layers: of several groups as many are left as make every layer what it was', () => {
  for (const [layers, groups, inner] of [
    [12, 4, 1],
    [7, 3, 1],
    [5, 2, 2],
    [3, 2, 3],
    [6, 6, 1],
    [2, 3, 1],
  ] as const) {
    for (let left = 1; left <= layers * inner; left++) {
      let said;
      try {
        said = cut(albert(layers, groups, inner), left) as { num_hidden_layers: number; num_hidden_groups?: number };
      } catch {
        continue;
      }
      assert.equal(said.num_hidden_layers * inner, left);
      for (let i = 0; i < said.num_hidden_layers; i++) {
        assert.equal(
          groupOf(i, said.num_hidden_layers / (said.num_hidden_groups ?? groups)),
          groupOf(i, layers / groups),
          `${layers} ${groups} ${left}: ${i}`,
        );
      }
    }
  }
  assert.deepEqual(cut(albert(12, 4), 6), { num_hidden_layers: 6, num_hidden_groups: 2 });
  assert.deepEqual(cut(albert(12, 4), 2), { num_hidden_layers: 2, num_hidden_groups: 1 });
  assert.deepEqual(cut(albert(4, 2, 3), 6), { num_hidden_layers: 2, num_hidden_groups: 1 });
});

test('shared layers: a cut that config.json cannot say is refused', () => {
  assert.throws(() => cut(albert(12, 4), 4), {
    code: 'OPTION',
    message:
      '`firstLayers`: Its 12 blocks of 1 layers share weights in 4 groups: config.json cannot express a cut after 4. Cut it after 1, 2, 3, 5, 6, 8, 9, 11, 12.',
  });
  assert.throws(() => cut(albert(4, 2, 3), 4), { code: 'OPTION' });
});

test('shared layers: only ALBERT has several in a row', () => {
  assert.equal(innerLayers(albert(3, 1, 2)), 2);
  assert.equal(innerLayers({ model_type: 'albert' }), 1);
  assert.equal(innerLayers({ model_type: 'bert', inner_group_num: 2 }), 1);
});
