import { natural } from '../results/order.ts';
import type { Failure } from '../results/row.ts';
import { listed } from './text.ts';
import { compareDatasets, compareEncoders, datasetTitle, encoderTitle, type Titles } from './titles.ts';
import { compareObjectives, comparePoolings, objectiveTitle } from './words.ts';

/** The numbers next to dashes, and the reasons listed below the tables. */
export interface Reasons {
  /** The failures in the order of the tables. */
  readonly sorted: readonly Failure[];
  /** `electra-small on TREC-6 and TREC-50: <reason>`; reason i has number i + 1. */
  readonly lines: readonly string[];
  /** Number of the reason why a result has no score; undefined if nothing failed. */
  readonly numberOf: (cell: {
    readonly encoder: string;
    readonly dataset: string;
    readonly pooling: string;
    readonly dim: string;
    readonly prompt: string;
    readonly objective?: string;
  }) => number | undefined;
}

/** Equal reasons share a number. Numbered in the order of the tables, whatever the order of the failures. */
export function numberReasons({ failures, titles }: { readonly failures: readonly Failure[]; readonly titles: Titles }): Reasons {
  const [byEncoder, byDataset] = [compareEncoders(titles), compareDatasets(titles)];
  const sorted = failures.toSorted(
    (a, b) =>
      byEncoder(a.encoder, b.encoder) ||
      byDataset(a.dataset, b.dataset) ||
      comparePoolings(a.pooling ?? '', b.pooling ?? '') ||
      natural(a.dim ?? '', b.dim ?? '') ||
      natural(a.prompt ?? '', b.prompt ?? '') ||
      compareObjectives(a.objective ?? '', b.objective ?? '') ||
      natural(a.reason, b.reason),
  );
  const groups = new Map<string, Failure[]>();
  for (const failure of sorted) {
    const group = groups.get(groupKey(failure)) ?? [];
    groups.set(groupKey(failure), [...group, failure]);
  }
  const keys = [...groups.keys()];
  return {
    sorted,
    lines: [...groups.values()].map((group) => line(group, titles)),
    numberOf: ({ encoder, dataset, pooling, dim, prompt, objective }) => {
      const failure = sorted.find(
        (one) =>
          one.encoder === encoder &&
          one.dataset === dataset &&
          one.objective === objective &&
          fits(one.pooling, pooling) &&
          fits(one.dim, dim) &&
          fits(one.prompt, prompt),
      );
      return failure === undefined ? undefined : keys.indexOf(groupKey(failure)) + 1;
    },
  };
}

/** Whether the field of a failure, if set, matches that of a result. */
function fits(asked: string | undefined, own: string): boolean {
  return asked === undefined || asked === own;
}

function groupKey({ pooling, dim, prompt, objective, reason }: Failure): string {
  return JSON.stringify([pooling ?? null, dim ?? null, prompt ?? null, objective ?? null, reason]);
}

/** Which encoders failed on which datasets. Unless all failed on all, each encoder has a separate list. */
function line(group: readonly Failure[], titles: Titles): string {
  const datasets = new Map<string, Set<string>>();
  for (const { encoder, dataset } of group) {
    const title = encoderTitle(titles, encoder);
    datasets.set(title, (datasets.get(title) ?? new Set()).add(datasetTitle(titles, dataset)));
  }
  const encoders = new Map<string, string[]>();
  for (const [encoder, set] of datasets) {
    const where = listed([...set]);
    encoders.set(where, [...(encoders.get(where) ?? []), encoder]);
  }
  const who = [...encoders].map(([where, names]) => `${listed(names)} on ${where}`).join('; ');
  const { pooling, dim, prompt, objective, reason } = group[0]!;
  const vector = [pooling, dim && `dim ${dim}`, prompt && `prompt ${prompt}`].flatMap((word) => word || []);
  const which = [...vector, ...(objective === undefined ? [] : [objectiveTitle(objective)])];
  return `${who}${which.length === 0 ? '' : ` (${which.join(', ')})`}: ${reason}`;
}
