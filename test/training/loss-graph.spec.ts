import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossGraph, probeFeeds } from '../../src/training/loss-graph.ts';
import { OBJECTIVE_NAMES } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { uniform } from '../../src/training/seeds.ts';

const shape = { width: 6, classes: 3, options: objectiveOptions() };

for (const name of OBJECTIVE_NAMES) {
  test(`loss graph of ${name}: reads vectors, parameters and feeds, gives the loss and a gradient of each`, async () => {
    const objective = OBJECTIVES[name];
    const { model, vectors, loss, vectorGradient, parameterGradients } = await lossGraph(objective, shape);
    const parameters = objective.parameters(shape);
    const feeds = Object.keys(probeFeeds(objective, { ...shape, rows: 2 }));
    assert.ok(feeds.every((feed) => feed.startsWith('objective.')));
    assert.deepEqual(
      model.graph!.input.map((input) => input.name).toSorted(),
      [vectors, ...parameters.map((each) => each.name), ...feeds].toSorted(),
    );
    assert.deepEqual(
      model.graph!.output.map((output) => output.name),
      [loss, vectorGradient, ...parameterGradients.values()],
    );
    assert.deepEqual(
      [...parameterGradients.keys()],
      parameters.map((each) => each.name),
    );
  });

  test(`${name}: parameters start with as many numbers as they have places, decided by the seed`, () => {
    for (const { name: parameter, dims, initial } of OBJECTIVES[name].parameters(shape)) {
      const numbers = initial(uniform(1));
      assert.equal(
        numbers.length,
        dims.reduce((product, dim) => product * dim),
      );
      assert.deepEqual(initial(uniform(1)), numbers);
      // As in transformers, the bias of a regression head starts at 0.
      const isZero = name === 'regression' && parameter === 'head.bias';
      assert.ok(numbers.every((number) => (number === 0) === isZero && Math.abs(number) <= Math.sqrt(6 / 9)));
    }
  });
}
