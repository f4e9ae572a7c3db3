import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBin, refused, valuesOf } from './folders.ts';
import { floats, tensor, torchZip, type Pickled } from './torch-files.ts';

const at = (offset: number) => tensor({ storage: '0', length: 3, shape: [1], strides: [1], offset });
const open = (value: Pickled) => openBin(torchZip(value, { 0: floats(1, 2, 3) }));
const no = (message: string) => refused('pytorch_model.bin', message);

test('state dict: tensors under state_dict, model_state_dict or model are the weights, whatever else the file has', async () => {
  for (const key of ['state_dict', 'model_state_dict', 'model']) {
    const checkpoint = await open({
      dict: [
        ['best', at(0)],
        ['ema', { dict: [['w', at(1)]] }],
        [key, { dict: [['w', at(2)]] }],
      ],
    });
    assert.deepEqual([...checkpoint.tensors.keys()], ['w']);
    assert.deepEqual(await valuesOf(checkpoint, 'w'), [3]);
  }
});

test('state dict: a usual key that holds no tensors is a name like others', async () => {
  const checkpoint = await open({
    dict: [
      ['model', { dict: [['name', 'bert']] }],
      ['w', at(1)],
      [7, at(0)],
    ],
  });
  assert.deepEqual([...checkpoint.tensors.keys()], ['w']);
});

test('state dict: the only dict with tensors is taken under any key', async () => {
  assert.deepEqual(
    [
      ...(
        await open({
          dict: [
            ['epoch', 3],
            ['encoder', { dict: [['w', at(1)]] }],
            ['notes', { dict: [] }],
          ],
        })
      ).tensors.keys(),
    ],
    ['w'],
  );
});

test('state dict: two dicts with tensors are refused by their names', async () => {
  const dict: Pickled = { dict: [['w', at(1)]] };
  await assert.rejects(
    open({
      dict: [
        ['student', dict],
        [7, dict],
        ['teacher', { dict: [['w', at(1)]] }],
      ],
    }),
    no('It holds tensors under "student" and 7 and "teacher". Save only the state dict of the encoder.'),
  );
  await assert.rejects(
    open({
      dict: [
        ['model', dict],
        ['state_dict', { dict: [['w', at(0)]] }],
      ],
    }),
    no('It holds tensors under "model" and "state_dict". Save only the state dict of the encoder.'),
  );
});

test('state dict: no state dict and a duplicate name are refused', async () => {
  for (const value of [at(0), { list: [at(0)] }, { dict: [] }, { dict: [[1, 2]] }, { tuple: [] }, 'x', null] as Pickled[]) {
    await assert.rejects(open(value), no('It holds no tensors by name. It must be the weights of an encoder, saved as a state dict.'));
  }
  await assert.rejects(
    open({
      dict: [
        ['w', at(0)],
        ['w', at(1)],
      ],
    }),
    no('It has two tensors "w". Download it again.'),
  );
});
