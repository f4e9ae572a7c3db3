import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { lengthBranches, type LengthBranches } from '../../src/graph/length-branches.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';

const { FLOAT, INT64 } = TensorProto_DataType;

/** How a graph with an If on each of these conditions branches. */
function branchesOf(make: (builder: GraphBuilder, tokens: Value) => Value[]): LengthBranches | undefined {
  const builder = new GraphBuilder();
  const ids = builder.input('input_ids', INT64, ['batch', 'tokens']);
  const tokens = builder.op('Gather', [builder.op('Shape', [ids]), builder.ints([1])]);
  for (const condition of make(builder, tokens)) builder.branch(condition, { yes: () => [builder.float(1)], no: () => [builder.float(2)] });
  return lengthBranches({ proto: builder.build(), folder: '.', files: [] });
}

for (const [what, make, above, ofLong] of [
  ['above', (g, tokens) => g.op('Greater', [tokens, g.ints([704])]), 704, true],
  ['at or above', (g, tokens) => g.op('GreaterOrEqual', [tokens, g.ints([705])]), 704, true],
  ['below', (g, tokens) => g.op('Less', [tokens, g.ints([705])]), 704, false],
  ['at or below', (g, tokens) => g.op('LessOrEqual', [tokens, g.ints([704])]), 704, false],
  ['a constant that is below it', (g, tokens) => g.op('Less', [g.ints([704]), tokens]), 704, true],
  ['not above', (g, tokens) => g.op('Not', [g.op('Greater', [tokens, g.ints([704])])]), 704, false],
  [
    'above a number that is not whole, as a float',
    (g, tokens) => g.op('Greater', [g.op('Cast', [g.op('Squeeze', [tokens])], { to: FLOAT }), g.float(704.5)]),
    704,
    true,
  ],
] as const satisfies readonly (readonly [string, (builder: GraphBuilder, tokens: Value) => Value, number, boolean])[]) {
  test(`length branches: ${what}`, () => {
    let condition = '';
    const found = branchesOf((g, tokens) => [(condition = make(g, tokens))])!;
    assert.equal(found.above, above);
    assert.deepEqual([...found.taken(true)], [[condition, ofLong]]);
    assert.deepEqual([...found.taken(false)], [[condition, !ofLong]]);
  });
}

test('length branches: what is no length, or is compared with several, is not known', () => {
  assert.equal(
    branchesOf(() => []),
    undefined,
  );
  assert.equal(
    branchesOf((g) => [g.op('Greater', [g.op('Gather', [g.op('Shape', ['input_ids']), g.ints([0])]), g.ints([704])])]),
    undefined,
  );
  assert.equal(
    branchesOf((g, tokens) => [g.op('Equal', [tokens, g.ints([704])])]),
    undefined,
  );
  assert.equal(
    branchesOf((g, tokens) => [8, 16].map((bound) => g.op('Greater', [tokens, g.ints([bound])]))),
    undefined,
  );
  // A condition that does not depend on the length stays, with one that does.
  assert.equal(
    branchesOf((g, tokens) => [g.op('Greater', [tokens, g.ints([8])]), g.op('Equal', [tokens, g.ints([1])])])!.taken(true).size,
    1,
  );
});
