import { bestPooling, rankedName, type RankedEncoder, type Ranking } from '../estimators/ranked.ts';
import { estimatorTitle, scoreText } from './rank-lines.ts';
import { printable } from './text.ts';
import { encoderTitle, type Titles } from './titles.ts';

const SPARKS = '▁▂▃▄▅▆▇█';

/** The estimator's score by layer, embeddings first; then the best layer of each other estimator. */
export function curveText({ by, encoders }: Ranking, titles: Titles): string {
  const of = ({ curve }: RankedEncoder) => curve.map((pooling) => pooling.estimates.find(({ estimator }) => estimator === by)!);
  const scores = encoders.flatMap((encoder) => of(encoder).map(({ score }) => score));
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const spark = (score: number): string => SPARKS[high === low ? 7 : Math.round((7 * (score - low)) / (high - low))]!;
  const lines = encoders
    .filter(({ curve }) => curve.length > 0)
    .map((encoder) => {
      const own = of(encoder);
      const { pooling, score } = bestPooling(encoder.curve, by);
      const others = encoder.curve[0]!.estimates.filter(({ estimator }) => estimator !== by).map(
        ({ estimator }) => `${estimatorTitle(estimator)} ${bestPooling(encoder.curve, estimator).pooling.layers}`,
      );
      const title = printable(rankedName(encoder, encoderTitle(titles, encoder.encoder)));
      const best = `best layer ${pooling.layers} (${scoreText(score)}), last layer ${scoreText(own.at(-1)!)}`;
      return `  ${own.map((each) => spark(each.score)).join('')}  ${title}: ${best}${others.length === 0 ? '' : `; best layer by ${others.join(', ')}`}`;
    });
  return [`${estimatorTitle(by)} layer by layer (mean over tokens, on a sample):`, ...lines].join('\n');
}

/** `10 (82.00)`: the best layer by the estimator, and its score on the sample; empty if layers were not compared. */
export function bestLayerText({ curve }: RankedEncoder, by: string): string {
  if (curve.length === 0) return '';
  const { pooling, score } = bestPooling(curve, by);
  return `${pooling.layers} (${scoreText(score)})`;
}
