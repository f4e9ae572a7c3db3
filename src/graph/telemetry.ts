import { isMainThread } from 'node:worker_threads';
import { HarnessError } from '../errors.ts';

/**
 * onnxruntime's telemetry is always disabled. Otherwise it would, from its first session on, store a device id and events below the user's
 * cache folder, write a log into the temporary folder, and connect to its vendor's collector. It reads the variable when the first session
 * is created; a child process inherits it.
 */
const NAME = 'ORT_DISABLE_TELEMETRY';

process.env[NAME] = '1';

let silent = isMainThread;

/**
 * Throws OPTION in a foreign thread started before the variable was set: such a thread only has a copy of the environment, while the
 * runtime reads that of the process. Must be called before a session, or a thread for one, is created.
 */
export function silenceRuntime(): void {
  if (silent) return;
  if (ofProcess() !== '1') {
    throw new HarnessError('OPTION', {
      where: NAME,
      what: "It is not set for the process, and a worker thread cannot set it: onnxruntime's telemetry would be on.",
      hint: `Import embedding-bench in the main thread first, or start the process with ${NAME}=1.`,
    });
  }
  silent = true;
}

/** The variable in the environment of the process. In a thread only Node's report has it. */
function ofProcess(): string | undefined {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean; excludeEnv?: boolean };
  const { excludeNetwork, excludeEnv } = report;
  try {
    // The names of the machine's network interfaces are not needed.
    report.excludeNetwork = true;
    report.excludeEnv = false;
    const { environmentVariables } = report.getReport() as { environmentVariables?: Readonly<Record<string, string>> };
    return environmentVariables?.[NAME];
  } finally {
    if (excludeNetwork !== undefined) report.excludeNetwork = excludeNetwork;
    if (excludeEnv !== undefined) report.excludeEnv = excludeEnv;
  }
}
