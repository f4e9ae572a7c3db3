import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { score } from '../../src/statistics/scores.ts';
import { Searcher } from '../../src/knn/searcher.ts';
import { METRICS, VOTES } from '../../src/knn/types.ts';
import { vote } from '../../src/knn/vote.ts';
import { withoutSelf } from '../../src/knn/without-self.ts';
import { matrix } from '../../src/numeric/matrix.ts';
import { oracleFolders } from '../oracles.ts';

const KS = [1, 3, 5];

interface Oracle {
  readonly knn: Readonly<Record<string, Readonly<Record<'resub' | 'loo', { accuracy: number; f1_micro: number; f1_macro: number }>>>>;
}

const MATRICES = oracleFolders('estimators').flatMap((oracle) => ['X_cont', 'X_int'].map((name) => ({ name, oracle })));

for (const {
  name,
  oracle: { name: where, at, skip },
} of MATRICES) {
  test(`knn: predictions and scores of ${name} are those of ${where}`, { skip }, async () => {
    const { tensors } = readSafetensors(readFileSync(at('estimators.safetensors')), where);
    const { knn } = JSON.parse(readFileSync(at('estimators.json'), 'utf8')) as Oracle;
    const values = (key: string) => tensors.get(key)!.data as Int32Array;
    const labels = values('y');
    const { shape, data } = tensors.get(name)!;
    const corpus = matrix(shape[0]!, shape[1]!, new Float32Array(data));
    for (const metric of METRICS) {
      const searcher = await Searcher.open({ corpus, metric });
      const whole = await searcher.exact({ k: 6 });
      const alone = await searcher.exact({ k: 5, excludeSelf: true });
      await searcher.close();
      assert.deepEqual(withoutSelf(whole), alone);
      for (const votes of VOTES) {
        for (const k of KS) {
          for (const [protocol, neighbours] of [
            ['resub', whole],
            ['loo', alone],
          ] as const) {
            const key = `knn.${name}.${metric}.k${k}.${votes}.${protocol}`;
            const predicted = vote({ neighbours, k, labels, classes: 5, votes });
            assert.deepEqual([...predicted], [...values(`${key}_det`)], `${key}_det`);
            // scikit-learn's cosine distance of equal rows is about 1e-16 there, not 0.
            if (metric === 'cosine' && votes === 'distance' && protocol === 'resub') continue;
            const [sklearn, ambiguous] = [values(key), values(`${key}_ambiguous`)];
            assert.deepEqual(
              predicted.filter((_, i) => ambiguous[i] === 0),
              sklearn.filter((_, i) => ambiguous[i] === 0),
              key,
            );
            const { accuracy, microF1, macroF1 } = score({ truth: labels, predicted: sklearn, classes: 5 });
            const expected = knn[`${name}.${metric}.k${k}.${votes}`]![protocol];
            assert.deepEqual(
              [accuracy, microF1].map((v) => v.toFixed(12)),
              [expected.accuracy, expected.f1_micro].map((v) => v.toFixed(12)),
            );
            assert.equal(macroF1.toFixed(12), expected.f1_macro.toFixed(12));
          }
        }
      }
    }
  });

  test(`knn: neighbours of ${name} are as far as scikit-learn's in ${where}`, { skip }, async () => {
    const { tensors } = readSafetensors(readFileSync(at('estimators.safetensors')), where);
    const { shape, data } = tensors.get(name)!;
    const corpus = matrix(shape[0]!, shape[1]!, new Float32Array(data));
    const searcher = await Searcher.open({ corpus, metric: 'euclidean' });
    const { distances } = await searcher.exact({ k: 6 });
    await searcher.close();
    const expected = tensors.get(`knn.${name}.euclidean.sklearn_distances6`)!.data;
    // scikit-learn subtracts products in float64: an absolute error of about the root of 1e-15 near 0.
    for (const [i, distance] of distances.entries())
      assert.ok(Math.abs(distance - expected[i]!) < 1e-6, `${i}: ${distance}, ${expected[i]}`);
  });
}
