/** Exit statuses of the command line, with their meaning: docs/output.md has the same table. */
export const EXIT_STATUSES = {
  done: { status: 0, when: 'Done. `failures` is empty.' },
  failures: {
    status: 1,
    when: [
      'Done but for what `failures` has: a result that failed, a source that does not answer (`--check`), a variant that was not pinned',
      '(`--pin`), a shard or result that is missing (`merge`), a damaged file (`cache --verify`), a result that `diff --fail-on` looks',
      'for.',
    ].join(' '),
  },
  error: {
    status: 2,
    when: [
      'Nothing was done: one line on stderr says what, where and how to mend it. Nothing is on stdout. Or stdout could not be written (a',
      'full disk): what a command writes to files is finished all the same.',
    ].join(' '),
  },
  interrupted: {
    status: 130,
    when: 'Interrupted by Ctrl-C (SIGINT). Nothing is on stdout; what is done is kept, and the same command resumes from there.',
  },
  terminated: { status: 143, when: 'Ended by SIGTERM, likewise.' },
} as const;
