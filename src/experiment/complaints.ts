import { HarnessError, type Complaint } from '../errors.ts';

/** Up to this many files are named; for more, an ellipsis follows. */
const NAMED = 3;

/**
 * One complaint for everything missing. Items that failed for the same reason are grouped: an unavailable registry is one line, not one
 * line per file.
 */
export function togetherComplaint(complaints: readonly Complaint[]): HarnessError {
  const groups = new Map<string, Complaint[]>();
  for (const complaint of complaints) {
    const key = JSON.stringify([hostsAlone(complaint.what), complaint.hint]);
    groups.set(key, [...(groups.get(key) ?? []), complaint]);
  }
  const sentences = [...groups.values()].map((group) => {
    const [first] = group as [Complaint];
    const wheres = [...new Set(group.map(({ where }) => where ?? ''))];
    if (wheres.length === 1) return new HarnessError('SOURCE', first).message;
    const names = [...new Set(wheres.map((where) => where.replace(/ from .*$/, '')))];
    const shown = `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`;
    const what = hostsAlone(first.what).replace(/\.$/, '');
    return new HarnessError('SOURCE', { what: `${what} (${names.length} files: ${shown}).`, hint: first.hint }).message;
  });
  return new HarnessError('SOURCE', { what: sentences.join(' | ') });
}

/** URLs reduced to their hosts: the rest differs from file to file. */
function hostsAlone(what: string): string {
  return what.replaceAll(/https?:\/\/([^/\s),]+)[^\s),]*/g, '$1');
}
