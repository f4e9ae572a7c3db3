import { readFileSync, readlinkSync } from 'node:fs';

/**
 * What identifies a process in addition to its number, which the system reuses: `boot ticks namespace`, the machine's boot, the start of
 * the process since then, and the process namespace, i.e. the container. '' if the system does not report it (no Linux).
 */
export function identity(pid: number | 'self' = 'self'): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${statOf(pid).ticks} ${readlinkSync(`/proc/${pid}/ns/pid`)}`;
  } catch {
    return '';
  }
}

/**
 * Whether a process of this machine that once had such an identity still runs. A killed process that its parent has not waited for (a
 * zombie) is gone: it still has its number, but does nothing. `elsewhere`: in another container, where it cannot be seen.
 */
export function processStatus(pid: number, was: string): 'alive' | 'gone' | 'elsewhere' {
  const [boot, ticks, namespace] = was.split(' ');
  const [ownBoot, , ownNamespace] = identity().split(' ');
  if (namespace !== undefined && ownNamespace !== undefined) {
    if (boot !== ownBoot) return 'gone';
    if (namespace !== ownNamespace) return 'elsewhere';
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'gone';
  }
  try {
    const now = statOf(pid);
    return ENDED.includes(now.state) || (namespace !== undefined && now.ticks !== ticks) ? 'gone' : 'alive';
  } catch {
    return 'alive'; // no Linux, or a process of another user that is hidden
  }
}

/** Zombie; dead. */
const ENDED = ['Z', 'X', 'x'];

/**
 * From proc(5): field 3 is the state, field 22 the start in ticks since the boot. The name before them may hold any character, including
 * brackets.
 */
function statOf(pid: number | 'self'): { readonly state: string; readonly ticks: string } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, ticks: fields[19]! };
}
