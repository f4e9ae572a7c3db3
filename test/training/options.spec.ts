import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { lossGraph } from '../../src/training/loss-graph.ts';
import { OBJECTIVE_NAMES, type ObjectiveOptions } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { checkOptionsRead, objectiveOptions } from '../../src/training/options.ts';

const CHANGED: readonly Partial<ObjectiveOptions>[] = [
  { temperature: 0.5 },
  { scale: 7 },
  { margin: 2 },
  { weight: 3 },
  { secondWeight: 4 },
];

test('objective options: one that changes nothing of the loss is refused, one that does is taken', async () => {
  for (const name of OBJECTIVE_NAMES) {
    const bytes = async (given: Partial<ObjectiveOptions>) =>
      Buffer.from(
        toBinary(ModelProtoSchema, (await lossGraph(OBJECTIVES[name], { width: 4, classes: 3, options: objectiveOptions(given) })).model),
      );
    const usual = await bytes({});
    for (const given of CHANGED) {
      const isRead = !usual.equals(await bytes(given));
      const check = (): void => checkOptionsRead(objectiveOptions(given), [name]);
      if (isRead) assert.doesNotThrow(check);
      else
        assert.throws(
          check,
          { code: 'OPTION', message: /^`\w+`: It applies only to the objective [\w-]+, got / },
          `${name}, ${Object.keys(given)[0]}`,
        );
    }
  }
});
