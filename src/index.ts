import './graph/telemetry.ts'; // for threads that a program starts later

/** The public API: whole experiments, and the steps they consist of. Everything else may change without notice. */
export { choose, type ChooseExperimentOptions, type ChooseResult } from './api/choose.ts';
export { diff, type DiffOptions } from './api/diff.ts';
export { embed, type Embeddings, type EmbeddingEncoder, type EmbedOptions, type PooledMatrix } from './api/embed.ts';
export type { ExperimentEvent } from './api/events.ts';
export type { ExperimentOptions } from './api/experiment-options.ts';
export { finetune, type FinetuneExperimentOptions } from './api/finetune.ts';
export { knn, type KnnOptions, type KnnResult } from './api/knn.ts';
export { load, type LoadedInputs, type LoadedModel, type LoadedSentences, type LoadOptions } from './api/load.ts';
export { map, type MapExperimentOptions, type MapResult } from './api/map.ts';
export { rank, type RankResult } from './api/rank.ts';
export type { ChooseOptions, FinetuneOptions, MapOptions, RankOptions, RunOptions, TrainingOptions } from './api/requests.ts';
export type { ChoiceRow, RankedRow, ResultRow } from './api/rows.ts';
export { run, type RunResult } from './api/run.ts';
export { score, type ScoreOptions } from './api/score.ts';
export type { Label } from './api/labels.ts';
export type { NeighbourText, NumberPrediction, Prediction, ScoredLabel, TagPrediction } from './classifiers/prediction.ts';
export type { Split } from './datasets/dataset.ts';
export type { TextPair } from './encoders/encoder-input.ts';
export type { LayerChoice, LayerMean, Pooling } from './embed/vectors.ts';
export type { MapDrawing } from './experiment/map-drawing.ts';
export { HarnessError, type Complaint, type ErrorCode } from './errors.ts';
export type { Metric, Protocol, Votes } from './knn/types.ts';
export type { Matrix } from './numeric/matrix.ts';
export type { CellDiff, Change, DiffScore, ResultsDiff, Test } from './results/diff.ts';
export type { Policy } from './results/folder.ts';
export type { Failure, Row } from './results/row.ts';
export type { Scores } from './statistics/scores.ts';
