import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import type { Device } from '../../src/devices/device.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';

/** Trains the encoder in a folder for three steps on a device, and prints losses and gradient norms as JSON. */
const [folder, device] = process.argv.slice(2) as [string, Device];
const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as Record<string, number>;
const depth = config['num_hidden_layers'] ?? config['n_layer']!;
const labels = Int32Array.of(0, 1, 0, 1, 2, 2);
const { core } = await TrainerCore.open({
  files: { name: 'encoder', folder, onnx: undefined },
  spec: { token: 'mean', layers: [depth], combine: 'one' },
  objective: 'cea-all-negatives',
  objectiveOptions: objectiveOptions(),
  classes: 3,
  seed: 1,
  freeze: [],
  weightDecay: 0.01,
  decayMatricesOnly: false,
  denseEmbeddings: false,
  dropout: 0.1,
  accumulate: 1,
  chunkTokens: 1 << 20,
  padId: 0,
  threads: 2,
  device,
});
const run = OBJECTIVES['cea-all-negatives'].start({ width: core.width, classes: 3, options: objectiveOptions(), labels, seed: 1 });
const texts = [9, 4, 14, 7, 11, 5].map((length) => ({ ids: Int32Array.from({ length }, (_, i) => 10 + ((i * 37 + length * 11) % 25)) }));
const numbers: number[] = [];
for (let step = 0; step < 3; step++) {
  const { loss, gradientNorm } = await core.step({
    texts,
    feeds: run.feeds({ epoch: 1, step, rows: [...labels.keys()], batch: labels.length }),
    step,
    update: { lr: 1e-3, clip: 5 },
  });
  numbers.push(loss, gradientNorm!);
}
console.log(JSON.stringify(numbers));
process.exit(0);
