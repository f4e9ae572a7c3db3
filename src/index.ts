import './graph/telemetry.ts'; // for threads that a program starts later

/** The package from code: what `bench` does, a step at a time. Everything else may change without notice. */
export { diff, type DiffOptions } from './api/diff.ts';
export { embed, type Embeddings, type EmbeddingEncoder, type EmbedOptions, type PooledMatrix } from './api/embed.ts';
export { knn, type KnnOptions, type KnnResult } from './api/knn.ts';
export { score, type ScoreOptions } from './api/score.ts';
export type { Label } from './api/labels.ts';
export type { Split } from './datasets/dataset.ts';
export type { LayerChoice, LayerMean, Pooling } from './embed/vectors.ts';
export { HarnessError, type Complaint, type ErrorCode } from './errors.ts';
export type { Metric, Protocol, Votes } from './knn/types.ts';
export type { Matrix } from './numeric/matrix.ts';
export type { CellDiff, Change, DiffScore, ResultsDiff, Test } from './results/diff.ts';
export type { Row } from './results/row.ts';
export type { Scores } from './statistics/scores.ts';
