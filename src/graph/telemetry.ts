import { isMainThread } from 'node:worker_threads';
import { HarnessError } from '../errors.ts';

/**
 * onnxruntime's telemetry is off, always. From its first session on it would else keep a device id and a store of events below the
 * user's cache folder, write a log into the folder for temporary files, and look up its maker's collector. It reads the
 * variable where that first session is made; a child process inherits it.
 */
const NAME = 'ORT_DISABLE_TELEMETRY';

process.env[NAME] = '1';

let silent = isMainThread;

/**
 * Throws OPTION in a thread that somebody else started before the variable was set: what such a thread sets is its own copy of
 * the environment, and the runtime sees that of the process. To be called before a session, or a thread for one, is made.
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

/** The variable as the whole process has it. In a thread Node's report alone tells it. */
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
