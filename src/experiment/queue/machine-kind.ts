import { readFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';

/** CPU features that determine which kernels the runtime uses, widest first. */
const FLAGS = ['amx_tile', 'avx512_vnni', 'avx512f', 'avx2', 'asimd'];

/** Kind of this machine's processor: kernels round differently on others, so results are byte-identical only on machines of one kind. */
export function machineKind(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const found = flags();
  return [arch(), model, ...FLAGS.filter((flag) => found.has(flag))].join(' ');
}

function flags(): ReadonlySet<string> {
  try {
    const [, line = ''] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return new Set(line.split(/\s+/));
  } catch {
    return new Set();
  }
}
