// Compiles the sources to dist, where something is another than when that was done last: what `npm run bench`, `npm test` and the others
// begin with. tsc takes seconds to find that nothing has changed; this takes 0.1 s, and looks at what files hold, since a checkout of an
// older commit, or of another branch, may come with any dates. What is left in dist of sources that are gone is removed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
/** What was compiled, and what tsc noted of it: whoever calls tsc by hand changes the note. */
const stampFile = path.join(dist, '.built');
const noteFile = path.join(dist, '.tsbuildinfo');
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
/** Of a build that has begun and not come to its end. */
const UNFINISHED = 'unfinished\n';

const settings = ['package.json', 'package-lock.json', 'tsconfig.json'];
const { include, exclude = [] } = JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8'));
const sources = include
  .flatMap((folder) => filesBelow(root, folder))
  .filter((file) => file.endsWith('.ts') && !exclude.includes(file))
  .toSorted();
const outputs = new Set(sources.filter((file) => !file.endsWith('.d.ts')).map((file) => file.replace(/\.ts$/, '.js')));
const built = include.flatMap((folder) => filesBelow(dist, folder));

for (const file of built) {
  if (/\.(js|js\.map|d\.ts)$/.test(file) && !outputs.has(file.replace(/\.map$/, '').replace(/\.d\.ts$/, '.js')))
    rmSync(path.join(dist, file), { force: true });
}
const there = new Set(built);
const isWhole = [...outputs].every((file) => there.has(file));
const hash = hashOf([...settings, ...sources].map((file) => [file, path.join(root, file)]));
const stamp = contentOf(stampFile)?.toString();
if (!isWhole || stamp !== stampOf(hash)) process.exitCode = compile();

/** tsc's status. */
function compile() {
  if (!existsSync(tsc)) {
    console.error('TypeScript is not installed here: run `npm ci` first.');
    return 1;
  }
  // tsc trusts its own note, whatever has become of the files.
  if (!isWhole || stamp === UNFINISHED) rmSync(noteFile, { force: true });
  mkdirSync(dist, { recursive: true });
  writeFileSync(stampFile, UNFINISHED);
  const { status, error } = spawnSync(process.execPath, [tsc], { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status === 0) writeFileSync(stampFile, stampOf(hash));
  else if (status !== null) rmSync(stampFile, { force: true });
  return status ?? 1;
}

function stampOf(sourcesHash) {
  return `${sourcesHash} ${hashOf([['', noteFile]])}\n`;
}

/** Of names and contents; a file that is not there counts as one. */
function hashOf(files) {
  const sum = createHash('sha256');
  for (const [name, file] of files) {
    const content = contentOf(file);
    sum.update(JSON.stringify([name, content === undefined ? null : content.length])).update(content ?? '');
  }
  return sum.digest('hex');
}

function contentOf(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Paths with slashes, from `base`. None where there is no such folder. */
function filesBelow(base, folder) {
  let entries;
  try {
    entries = readdirSync(path.join(base, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const place = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(base, place) : [place];
  });
}
