import type { Forecast } from '../statistics/agreement.ts';
import type { Row } from './row.ts';

/** What is needed of a row, or of a published score. */
export type Scored = Pick<Row, 'encoder' | 'dataset' | 'pooling' | 'protocol' | 'split' | 'objective' | 'micro_f1'> & Partial<Pick<Row, 'layers' | 'k' | 'metric' | 'votes' | 'concat_norm'>>;

/** Estimates of one kind, and the scores of encoders trained for one objective. */
export interface Forecasts {
  /** `mean, leave-one-out`. */
  readonly estimate: string;
  readonly objective: string;
  readonly forecasts: readonly Forecast[];
}

/** The split by which a trained encoder is judged. */
const JUDGED = 'test';
/** An encoder that is several is trained by nobody. */
const JOINED = 'concat-all';

/**
 * Joins frozen scores and trained ones by encoder and data set: for each objective and each kind of frozen score (pooling, layers, protocol
 * and how neighbours vote) the encoders that have both. Of several seeds the mean is taken.
 */
export function forecastsOf(rows: readonly Scored[]): Forecasts[] {
  const frozen = rows.filter(({ objective, encoder, split, protocol }) => objective === '' && encoder !== JOINED && (protocol !== 'fit-train' || split === JUDGED));
  const trained = rows.filter(({ objective, split }) => objective !== '' && split === JUDGED);
  const kinds = [...new Set(frozen.map(kindOf))];
  return [...new Set(trained.map(({ objective }) => objective))].flatMap((objective) => kinds.map((estimate): Forecasts => ({
    estimate,
    objective,
    forecasts: frozen.filter((row) => kindOf(row) === estimate).flatMap((row): Forecast[] => {
      const outcomes = trained.filter((other) => other.objective === objective && other.encoder === row.encoder && other.dataset === row.dataset).map(({ micro_f1: score }) => Number(score));
      if (outcomes.length === 0) return [];
      return [{ dataset: row.dataset, encoder: row.encoder, estimate: Number(row.micro_f1), outcome: outcomes.reduce((sum, score) => sum + score, 0) / outcomes.length }];
    }),
  }))).filter(({ forecasts }) => forecasts.length > 0);
}

function kindOf({ pooling, layers = 'last', protocol, split, k = '5', metric = 'euclidean', votes = 'uniform' }: Scored): string {
  const usual = layers === 'last' || layers === '0..L';
  return [usual ? pooling : `${pooling} ${layers}`, split === 'all' ? protocol : `${protocol} ${split}`, ...(k === '5' ? [] : [`k ${k}`]), ...(metric === 'euclidean' ? [] : [metric]), ...(votes === 'uniform' ? [] : [votes])].join(', ');
}
