import { reason } from '../../src/errors.ts';
import { harmless } from '../../src/report/harmless.ts';
import { EXIT_STATUSES } from '../../src/report/output/exit-statuses.ts';

/** Of a command whose output could not be written. */
const FAILED = EXIT_STATUSES.error.status;

/**
 * Handles broken output streams. A reader that closes the pipe (`| head`) is not an error: files are finished as usual. If standard output
 * cannot be written for another reason, such as a full disk, one line is printed and the status is set. If standard error is closed,
 * nothing is printed there.
 */
export function heedStreams({ stdout, stderr } = process): { readonly failed: number | undefined } {
  let failed: number | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || failed !== undefined) return;
    failed = FAILED;
    process.exitCode = FAILED;
    stderr.write(`bench: standard output: It cannot be written (${harmless(reason(error))}).\n`);
  });
  stderr.on('error', () => {});
  return {
    get failed() {
      return failed;
    },
  };
}
