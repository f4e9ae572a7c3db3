import type { Dataset } from '../datasets/dataset.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { tokenizerHash } from '../encoders/prompts.ts';
import { groupBy } from '../group-by.ts';
import { CONCAT_ALL } from '../results/encoder-names.ts';
import type { Failure, Row } from '../results/row.ts';
import { jobOf, type ConcatJob, type Job, type JobInputs, type ScoreJob, type WantedVector } from './job.ts';
import { promptWord } from './prompted.ts';
import { inMode, pairModes } from './pair-modes.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import { concatIdentity, type RowVector } from './rows.ts';
import { ofVector, promptOf, sharedPasses, type GridDataset, type GridEncoder, type Member } from './grid.ts';
import { absentVectors } from './encoder-vectors.ts';
import { joinedVectors } from './score-concatenations.ts';
import { memberOf, membersIn } from './score-grid.ts';
import { vectorRows } from './score-cell.ts';
import type { Settings } from './settings.ts';
import { wordRows } from './word-grid.ts';
import { wordVectors } from './word-vectors.ts';
import type { Opening, Reading } from './workspace.ts';

export interface PlanParams {
  readonly encoders: readonly GridEncoder[];
  readonly datasets: readonly GridDataset[];
  readonly reading: Reading;
  readonly opening: Opening;
  readonly settings: Settings;
  /** The encoders are also fine-tuned. */
  readonly trained: boolean;
  /** Whether an encoder is to be scored on a dataset. */
  readonly includes: (encoder: string, dataset: string) => boolean;
}

export interface ScorePlan {
  /** Dataset by dataset; a concatenation after its members. */
  readonly jobs: readonly (ScoreJob | ConcatJob)[];
  /** What cannot be computed, and why. */
  readonly failures: readonly Failure[];
}

/** The jobs that score frozen encoders: the only place that determines which results there will be. */
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
    for (const group of groupBy(asked, ({ prompt }) => JSON.stringify(prompt)).values()) {
      const opening = { ...params.opening, prompt: group[0]!.prompt };
      const planned = planPrompt(group, { ...params, opening, settings, dataset: target.dataset, ref: target.ref! });
      jobs.push(...planned.jobs);
      failures.push(...planned.failures);
    }
  }
  return { jobs, failures };
}

/** Encoders with one prompt on one dataset. */
function planPrompt(asked: readonly GridEncoder[], target: Target): ScorePlan {
  const { dataset, settings, opening } = target;
  const prompt = promptWord(opening.prompt);
  const missing = asked.flatMap((item) => ('missing' in item ? [item] : []));
  const failures: Failure[] = missing.map((item) => ({ encoder: item.name, dataset: dataset.key, prompt, reason: item.missing }));
  const members = asked.flatMap((item) => ('encoder' in item ? [{ ...memberOf(item, settings), ref: item.ref! }] : []));
  const ofWords = dataset.task === 'token-classification';
  if (!ofWords) for (const member of members) failures.push(...absentVectors(member, target));
  const jobs: (ScoreJob | ConcatJob)[] = sharedPasses(members).flatMap((group) => scoreJob(group, target) ?? []);
  if (settings.concatNorms.length === 0) return { jobs, failures };
  if (ofWords) {
    failures.push({ encoder: CONCAT_ALL, dataset: dataset.key, prompt, reason: 'Word vectors cannot be concatenated.' });
    return { jobs, failures };
  }
  const joined = concatJob(members, missing, target);
  return { jobs: [...jobs, ...joined.jobs], failures: [...failures, ...joined.failures] };
}

interface Target extends Pick<PlanParams, 'reading' | 'opening' | 'settings' | 'trained'> {
  readonly dataset: Dataset;
  readonly ref: DatasetRef;
}

type RefMember = Member & { readonly ref: EncoderRef };

/** undefined if they have none of the vectors. */
function scoreJob(group: readonly RefMember[], target: Target): ScoreJob | undefined {
  const { settings } = target;
  const vectors = group.flatMap((member) => wantedVectors(member, target));
  if (vectors.length === 0) return undefined;
  return jobOf({ kind: 'score', ...common(group, target), vectors, settings: { ...settings, concatNorms: [] } });
}

/** Vectors of an encoder to score, of texts or of words. */
function wantedVectors({ name, identity, encoder, vectors }: RefMember, { dataset, settings }: Target): WantedVector[] {
  if (dataset.task === 'token-classification') {
    return wordVectors(encoder, name, settings).map((vector) => ({
      encoder: name,
      ...wordsOf(vector),
      rows: wordRows({ name, identity, vector, dataset, settings }),
    }));
  }
  return pairModes(dataset, settings.pairs).flatMap((mode) =>
    vectors.map((vector) => ({
      encoder: name,
      ...wordsOf(vector),
      rows: vectorRows({ name, identity, vector: inMode(vector, mode), dataset, settings }),
    })),
  );
}

/** The concatenation job, or why it is not possible; neither if there is only one encoder. */
function concatJob(members: readonly RefMember[], missing: readonly { readonly name: string }[], target: Target): ScorePlan {
  const { dataset, settings, opening } = target;
  const asked = { encoder: CONCAT_ALL, dataset: dataset.key, prompt: promptWord(opening.prompt) };
  if (missing.length > 0) return { jobs: [], failures: [{ ...asked, reason: lacking(missing.map(({ name }) => name)) }] };
  if (members.length < 2) return { jobs: [], failures: [] };
  const about = { ...asked, prompt: promptOf(concatIdentity(members, 'raw')) };
  const unpooled = members.filter(({ encoder }) => 'reason' in encoder.published).map(({ name }) => name);
  const failures: Failure[] =
    settings.poolings.includes('as-published') && unpooled.length > 0
      ? [
          {
            ...about,
            pooling: 'as-published',
            reason: `It needs the published pooling of every encoder of the run, but ${unpooled.join(', ')} ${unpooled.length === 1 ? 'has' : 'have'} none.`,
          },
        ]
      : [];
  failures.push(...shortVectors(members).map((short) => ({ ...about, ...short })));
  const ofModes = pairModes(dataset, settings.pairs).map((mode) => members.map((member) => membersIn(member, mode)));
  const vectors = ofModes
    .flatMap((own) => joinedVectors(own, settings))
    .map(({ vector, identity }): WantedVector => ({
      encoder: CONCAT_ALL,
      ...wordsOf(vector),
      rows: vectorRows({ name: CONCAT_ALL, identity, vector, dataset, settings }),
    }));
  return { jobs: vectors.length === 0 ? [] : [jobOf({ kind: 'concat', ...common(members, target), vectors, settings })], failures };
}

/** Dimensions that exceed the vectors of some member. */
function shortVectors(members: readonly RefMember[]): Pick<Failure, 'pooling' | 'dim' | 'reason'>[] {
  const short = members.flatMap(({ name, lacking: vectors }) => vectors.map(({ vector }) => ({ name, of: ofVector(vector) })));
  return [...groupBy(short, ({ of }) => JSON.stringify(of)).values()].map((same) => {
    const names = [...new Set(same.map(({ name }) => name))];
    const reason = `It needs this many dimensions of every encoder of the run, but ${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} fewer.`;
    return { ...same[0]!.of, reason };
  });
}

/** Fields of a vector that a job contains. */
function wordsOf({ pooling, layers, dim }: RowVector): Pick<WantedVector, 'pooling' | 'layers' | 'dim'> {
  return { pooling, layers, ...(dim !== undefined && { dim }) };
}

/** Why a concatenation is not possible without some of its members. */
export function lacking(missing: readonly string[]): string {
  return `It needs every encoder of the run, but ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`;
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
  return { data: dataset.hash, encoders: encoders.map((encoder) => ({ file: encoder.fileHash, tokenizer: tokenizerHash(encoder) })) };
}

/** The job without vectors whose rows exist already; undefined if all do. */
export function without<T extends ScoreJob | ConcatJob>(job: T, isKept: (vector: WantedVector) => boolean): T | undefined {
  const vectors = job.vectors.filter((vector) => !isKept(vector));
  return vectors.length === 0 ? undefined : { ...job, vectors };
}

/** Rows that jobs will have, without scores. */
export function plannedRows(jobs: readonly Job[]): Row[] {
  return jobs.flatMap((job) => ('vectors' in job ? job.vectors.flatMap(({ rows }) => rows) : []));
}
