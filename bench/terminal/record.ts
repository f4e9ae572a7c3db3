import { runRecord, type RecordParams } from '../../src/results/record.ts';
import type { RunRecord } from '../../src/results/run-record.ts';
import type { Terminal } from '../command-module.ts';
import { withoutCredentials } from '../flags/queue.ts';
import { flagged, flaggedReasons } from '../flags/flag-names.ts';

/** run.json of a command: as typed, with findings that use its flags. */
export function commandRecord({ failures, data, ...params }: Omit<RecordParams, 'command'>, { typed }: Pick<Terminal, 'typed'>): RunRecord {
  return runRecord({
    ...params,
    command: withoutCredentials(typed),
    failures: flaggedReasons(failures),
    data: data?.map((each) => ({ ...each, findings: each.findings.map(flagged) })),
  });
}
