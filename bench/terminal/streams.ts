import { reason } from '../../src/errors.ts';
import { harmless } from '../../src/report/harmless.ts';
import { EXIT_STATUSES } from '../../src/report/output/exit-statuses.ts';

/** Of a command that could not say what it was asked for. */
const FAILED = EXIT_STATUSES.error.status;

/**
 * What becomes of output that nobody takes. Of a reader that has had enough (`| head`) nothing: what a command writes to files is
 * finished as ever. Where standard output cannot be written for another reason, a full disk, that is one line and the status. Whoever
 * does not listen to standard error is not told so there.
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
