import type { Failure } from './row.ts';
import { writeWhole } from './write.ts';

/** What a run was to compute: of a shard, what the whole was. */
export interface RunPlan {
  /** Hash of all that determines which results there are, and their values except for the content of files. */
  readonly digest: string;
  /** `1/4`, or null if not sharded. */
  readonly shard: string | null;
  readonly encoders: readonly string[];
  readonly datasets: readonly string[];
}

/** What the data check found in a dataset. */
export interface DataRecord {
  readonly dataset: string;
  readonly sample: string;
  readonly texts: number;
  readonly splits: Readonly<Record<string, number>>;
  readonly empty: number;
  /** Rows that repeat an earlier text. */
  readonly duplicates: number;
  /** Texts whose copies have different labels. */
  readonly conflicting: number;
  /** Texts of test that also occur in train; undefined unless both splits exist. */
  readonly testInTrain: number | undefined;
  readonly devInTrain: number | undefined;
  readonly testInDev: number | undefined;
  /** A sentence each. */
  readonly findings: readonly string[];
}

/** A ranking of encoders by one estimator, as it was tested on the predictions of each text. */
export interface RankedRecord {
  readonly dataset: string;
  readonly by: string;
  /** How the texts were sampled; '' if all were used. */
  readonly sample: string;
  readonly test: 'mcnemar' | 'numbers' | 'sentences' | 'none';
  /** Best first. */
  readonly encoders: readonly RankedEncoderRecord[];
}

/** The best pooling of an encoder by the estimator; all but `p` as in estimates.csv. */
export interface RankedEncoderRecord {
  readonly encoder: string;
  readonly pooling: string;
  readonly layers: string;
  readonly dim: string;
  readonly score: string;
  /** p-value against the first, Holm-corrected. */
  readonly p: number | null;
}

/** run.json: how the results in its folder were made. Everything here may differ between two runs with the same results. */
export interface RunRecord {
  /** Arguments after `bench`, as typed. */
  readonly command: readonly string[];
  /** The same as a plain value; undefined if it ran no experiment. */
  readonly request?: object | undefined;
  readonly started: Date;
  readonly finished: Date;
  readonly seed: number;
  readonly versions: { readonly project: string; readonly node: string; readonly onnxruntime: string };
  /** Commit of the project's own checkout, if there is one. */
  readonly commit?: string | undefined;
  readonly machine: {
    /** `linux x64` */
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    /** Threads given to one operator of the encoder. */
    readonly threads: number;
    readonly memoryBytes: number;
    readonly device: string;
  };
  /** Rows. */
  readonly cells: { readonly computed: number; readonly kept: number; readonly failed: number };
  readonly failures: readonly Failure[];
  readonly plan?: RunPlan | undefined;
  /** For each dataset scored. */
  readonly data?: readonly DataRecord[] | undefined;
  /** For each dataset ranked. */
  readonly ranked?: readonly RankedRecord[] | undefined;
  /** Hub datasets, and the commit at which each was read: `org/name` → `hf:org/name@commit`. */
  readonly sources?: Readonly<Record<string, string>> | undefined;
  /** Workers that ran the jobs, if run on a queue. */
  readonly workers?: { readonly jobs: number; readonly workers: readonly string[]; readonly machines: readonly string[] } | undefined;
  /** The run was interrupted. */
  readonly interrupted: boolean;
}

/** Writes run.json atomically: fields in a fixed order, times in UTC, unknown values null. @throws HarnessError OUTPUT */
export async function writeRunRecord({ file, record }: { readonly file: string; readonly record: RunRecord }): Promise<void> {
  const {
    command,
    request,
    started,
    finished,
    seed,
    versions,
    commit,
    machine,
    cells,
    failures,
    plan,
    data = [],
    ranked = [],
    sources = {},
    workers,
    interrupted,
  } = record;
  const value = {
    command,
    request: request ?? null,
    started: started.toISOString(),
    finished: finished.toISOString(),
    seconds: (finished.getTime() - started.getTime()) / 1000,
    seed,
    versions: { project: versions.project, node: versions.node, onnxruntime: versions.onnxruntime },
    commit: commit ?? null,
    machine: {
      platform: machine.platform,
      cpu: machine.cpu,
      cores: machine.cores,
      threads: machine.threads,
      memoryBytes: machine.memoryBytes,
      device: machine.device,
    },
    cells: { computed: cells.computed, kept: cells.kept, failed: cells.failed },
    failures,
    plan: plan ?? null,
    ...(data.length > 0 && {
      data: data.map(
        ({ dataset, sample, texts, splits, empty, duplicates, conflicting, testInTrain, devInTrain, testInDev, findings }) => ({
          dataset,
          sample,
          texts,
          splits,
          empty,
          duplicates,
          conflicting,
          test_in_train: testInTrain ?? null,
          dev_in_train: devInTrain ?? null,
          test_in_dev: testInDev ?? null,
          findings,
        }),
      ),
    }),
    ...(ranked.length > 0 && { ranked }),
    ...(Object.keys(sources).length > 0 && { sources }),
    ...(workers !== undefined && { workers }),
    interrupted,
  };
  await writeWhole({ file, text: `${JSON.stringify(value, null, 2)}\n` });
}
