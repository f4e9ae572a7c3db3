import { writeWhole } from './write.ts';

/** run.json: what made the results beside it. Everything here may differ between two runs with the same results. */
export interface RunRecord {
  /** Arguments after `bench`, as they were typed. */
  readonly command: readonly string[];
  readonly started: Date;
  readonly finished: Date;
  readonly seed: number;
  readonly versions: { readonly project: string; readonly node: string; readonly onnxruntime: string };
  /** Commit of the project's own checkout, where there is one. */
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
  readonly cells: { readonly computed: number; readonly failed: number };
}

/** Writes run.json atomically: the fields in a fixed order, times in UTC, what is unknown null. @throws HarnessError OUTPUT */
export async function writeRunRecord({ file, record }: { readonly file: string; readonly record: RunRecord }): Promise<void> {
  const { command, started, finished, seed, versions, commit, machine, cells } = record;
  const value = {
    command,
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
    cells: { computed: cells.computed, failed: cells.failed },
  };
  await writeWhole({ file, text: `${JSON.stringify(value, null, 2)}\n` });
}
