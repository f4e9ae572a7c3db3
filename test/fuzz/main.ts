import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Tally } from './child.ts';
import { plan } from './plan.ts';
import { READERS } from './readers.ts';
import { FREE_BYTES, megabytes, MOST_MS, TIMES_INPUT } from './verdict.ts';
import { watch, type Finding } from './watch.ts';

/**
 * Feeds modified files to every reader: each must be read or refused with one line, quickly, with little memory. Arguments name readers;
 * `--seed` determines the changes, `--inputs` the total number for all readers, `--from` the first and `--count` how many of each reader: a
 * finding prints how to repeat it.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    count: { type: 'string' },
  },
});
const [seed, inputs, from] = [Number(values.seed), Number(values.inputs), Number(values.from)];
const unknown = positionals.filter((word) => !Object.keys(READERS).some((name) => name.includes(word)));
if (unknown.length > 0 || ![seed, inputs, from, Number(values.count ?? 1)].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error(`npm run fuzz -- [READER …] [--seed N] [--inputs N] [--from N] [--count N]\nReaders: ${Object.keys(READERS).join(', ')}.`);
  process.exit(2);
}

const findings: Finding[] = [];
const totals = { read: 0, refused: 0, ms: 0, bytes: 0, multiple: 0 };
const whole = plan(READERS, inputs);
const chosen = [...whole].filter(
  ([name]) => positionals.length === 0 || positionals.some((word) => (word in READERS ? name === word : name.includes(word))),
);
const counts = new Map(
  chosen.map(([name, count]) => [name, values.count === undefined ? Math.max(0, count - from) : Number(values.count)]),
);
const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
let done = 0;
console.log(
  `${all} inputs, seed ${seed}: at most ${MOST_MS / 1000} s of processor time and ${FREE_BYTES >> 20} MB + ${TIMES_INPUT} times the input each\n`,
);
console.log(`${'reader'.padEnd(26)} inputs   read refused messages  slowest  most memory (of input)`);
for (const [reader, count] of counts) {
  const watched = await watch({ reader, seed, from, to: from + count }, { onInput: progress });
  findings.push(...watched.findings);
  for (const tally of watched.tallies) console.log(line(reader, tally));
  if (watched.tallies.length === 0) console.log(`${reader.padEnd(26)} given up`);
  for (const { number, what } of watched.findings)
    console.log(`  ${reader} --seed ${seed} --from ${number}: ${what.replaceAll('\n', '\n    ')}`);
}
console.log(
  `\n${totals.read + totals.refused} inputs: ${totals.read} read, ${totals.refused} refused, ${findings.length} findings. Slowest ${Math.round(totals.ms)} ms, most memory ${megabytes(totals.bytes)} MB, and of inputs above 1 MB at most ${totals.multiple.toFixed(1)} times the input.`,
);
if (findings.length > 0) {
  console.log(`Saved in ${save(findings)}; repeat one with: npm run fuzz -- READER --seed ${seed} --from NUMBER --count 1`);
  process.exitCode = 1;
}

function progress(): void {
  done++;
  if (process.stderr.isTTY && done % 100 === 0) process.stderr.write(`\r${done} of ${all}\r`);
}

function line(reader: string, { read, refused, slowest, largest, multiple, messages }: Tally): string {
  totals.read += read;
  totals.refused += refused;
  totals.ms = Math.max(totals.ms, slowest.ms);
  totals.bytes = Math.max(totals.bytes, largest.bytes);
  totals.multiple = Math.max(totals.multiple, multiple);
  const cells = [
    reader.padEnd(26),
    String(read + refused).padStart(6),
    String(read).padStart(6),
    String(refused).padStart(7),
    String(messages.length).padStart(8),
  ];
  return `${cells.join(' ')} ${`${Math.round(slowest.ms)} ms`.padStart(8)}  ${megabytes(largest.bytes)} MB (${largest.size} bytes, #${largest.number})`;
}

function save(found: readonly Finding[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'embedding-bench-findings-'));
  for (const { reader, number, base64, what } of found) {
    const name = path.join(folder, `${reader.replaceAll(' ', '-')}-${seed}-${number}`);
    writeFileSync(`${name}.txt`, `${what}\n`);
    if (base64 !== undefined) writeFileSync(name, Buffer.from(base64, 'base64'));
  }
  return folder;
}
