import type { Dataset } from '../datasets/dataset.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Failure, Row } from '../results/row.ts';
import { jobOf, type ConcatJob, type Job, type JobInputs, type ScoreJob, type WantedVector } from './job.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import {
  absentPoolings,
  joinedVectors,
  memberOf,
  sharedPasses,
  vectorRows,
  type GridDataset,
  type GridEncoder,
  type Member,
} from './score-grid.ts';
import type { Settings } from './settings.ts';
import type { Opening, Reading } from './workspace.ts';

export interface PlanParams {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly reading: Reading;
  readonly opening: Opening;
  readonly settings: Settings;
  /** The encoders are trained too. */
  readonly trained: boolean;
  /** Whether an encoder is to be scored on a dataset. */
  readonly includes: (encoder: string, dataset: string) => boolean;
}

export interface ScorePlan {
  /** Dataset by dataset; a concatenation behind its members. */
  readonly jobs: readonly (ScoreJob | ConcatJob)[];
  /** What cannot be computed, and why. */
  readonly failures: readonly Failure[];
}

/** The jobs that score frozen encoders: the one place that knows which results there will be. */
export function planScores(params: PlanParams): ScorePlan {
  const jobs: (ScoreJob | ConcatJob)[] = [];
  const failures: Failure[] = [];
  for (const target of params.datasets) {
    const asked = params.encoders.filter(({ name }) => params.includes(name, target.name));
    if ('missing' in target) {
      failures.push(...asked.map(({ name }) => ({ encoder: name, dataset: target.name, reason: target.missing })));
      continue;
    }
    const settings = { ...params.settings, protocols: target.protocols };
    failures.push(
      ...asked.flatMap((item) => ('missing' in item ? [{ encoder: item.name, dataset: target.dataset.key, reason: item.missing }] : [])),
    );
    const members = asked.flatMap((item) => ('encoder' in item ? [{ ...memberOf(item, settings), ref: item.ref! }] : []));
    const of = { ...params, settings, dataset: target.dataset, ref: target.ref! };
    for (const member of members) failures.push(...absentPoolings(member, of));
    jobs.push(...sharedPasses(members).map((group) => scoreJob(group, of)));
    if (settings.concatNorms.length > 0) {
      const joined = concatJob(members, asked.flatMap((item) => ('missing' in item ? [item.name] : [])), of);
      jobs.push(...joined.jobs);
      failures.push(...joined.failures);
    }
  }
  return { jobs, failures };
}

interface Target extends Pick<PlanParams, 'reading' | 'opening' | 'settings' | 'trained'> {
  readonly dataset: Dataset;
  readonly ref: DatasetRef;
}

type RefMember = Member & { readonly ref: EncoderRef };

function scoreJob(group: readonly RefMember[], target: Target): ScoreJob {
  const { dataset, settings } = target;
  const vectors = group.flatMap(({ name, identity, vectors: all }) => all.map((vector): WantedVector => (
    { encoder: name, pooling: vector.pooling, layers: vector.layers, rows: vectorRows({ name, identity, vector, dataset, settings }) }
  )));
  return jobOf({ kind: 'score', ...common(group, target), vectors, settings: { ...settings, concatNorms: [] } });
}

/** Why a concatenation cannot be, where it cannot; nothing where there is but one encoder. */
function concatJob(members: readonly RefMember[], missing: readonly string[], target: Target): ScorePlan {
  const { dataset, settings } = target;
  const about = { encoder: CONCAT_ALL, dataset: dataset.key };
  if (missing.length > 0) return { jobs: [], failures: [{ ...about, reason: lacking(missing) }] };
  if (members.length < 2) return { jobs: [], failures: [] };
  const unpooled = members.filter(({ encoder }) => 'reason' in encoder.published).map(({ name }) => name);
  const failures: Failure[] =
    settings.poolings.includes('as-published') && unpooled.length > 0
      ? [
          {
            ...about,
            pooling: 'as-published',
            reason: `It needs the published pooling of every encoder of the run, and ${unpooled.join(', ')} ${unpooled.length === 1 ? 'has' : 'have'} none.`,
          },
        ]
      : [];
  const vectors = joinedVectors(members, settings).map(({ vector, identity }): WantedVector => (
    { encoder: CONCAT_ALL, ...vector, rows: vectorRows({ name: CONCAT_ALL, identity, vector, dataset, settings }) }
  ));
  return { jobs: vectors.length === 0 ? [] : [jobOf({ kind: 'concat', ...common(members, target), vectors, settings })], failures };
}

/** Why a concatenation cannot be without some of its members. */
export function lacking(missing: readonly string[]): string {
  return `It needs every encoder of the run, and ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`;
}

function common(
  members: readonly RefMember[],
  { dataset, ref, reading, opening, trained }: Target,
): Pick<ScoreJob, 'encoders' | 'dataset' | 'reading' | 'opening' | 'inputs' | 'trained'> {
  return {
    encoders: members.map((member) => member.ref),
    dataset: ref,
    reading,
    opening,
    inputs: inputsOf(
      dataset,
      members.map(({ encoder }) => encoder),
    ),
    trained,
  };
}

export function inputsOf(dataset: Dataset, encoders: readonly Encoder[]): JobInputs {
  return { data: dataset.hash, encoders: encoders.map(({ fileHash, tokenizer }) => ({ file: fileHash, tokenizer: tokenizer.hash })) };
}

/** The job without vectors whose rows are there already; undefined where all are. */
export function without<T extends ScoreJob | ConcatJob>(job: T, isKept: (vector: WantedVector) => boolean): T | undefined {
  const vectors = job.vectors.filter((vector) => !isKept(vector));
  return vectors.length === 0 ? undefined : { ...job, vectors };
}

/** Rows that jobs will have, without scores. */
export function plannedRows(jobs: readonly Job[]): Row[] {
  return jobs.flatMap((job) => ('vectors' in job ? job.vectors.flatMap(({ rows }) => rows) : []));
}
