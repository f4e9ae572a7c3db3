// Compares two sets of results: the comment, the summary of the run, and whether the job is to fail.
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { annotate, bench, input, lastLine, output, Refused, step, summary } from './step.mjs';

/** A comment holds 65,536 characters, the summary of a step 1 MiB. */
const COMMENT = 60_000;
const SUMMARY = 1_000_000;

await step(async () => {
  const place = mkdtempSync(path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'embedding-bench-'));
  const results = path.resolve(input('results'));
  const { text, failed } = await comparison(place, results);
  const complaint = input('complaint');
  const heading = input('head') === '' ? 'Results' : `Results of ${input('head')}`;
  const tables = below(readFileSync(path.join(results, 'results.md'), 'utf8'));
  const table = `<details><summary>${heading}</summary>\n\n${tables}\n</details>`;
  const title = input('name') || 'embedding-bench';
  const parts = [`## ${title}`, ...[complaint, input('note')].filter((each) => each !== ''), ...(text === '' ? [] : [text])];
  const link = input('run-url') === '' ? [] : [`[Results and page](${input('run-url')})`];
  const file = path.join(place, 'comment.md');
  writeFileSync(file, `${fitting([marker(title), ...parts], table, link, COMMENT)}\n`);
  summary(fitting(parts, table, [], SUMMARY));
  output('comment', file);
  const verdict = [complaint, failed].filter((each) => each !== '').join(' ');
  if (verdict !== '') annotate('error', verdict);
  output('verdict', verdict);
});

/** What `comment.mjs` finds its own comment by. */
function marker(name) {
  return `<!-- embedding-bench: ${name.replaceAll('--', '- -')} -->`;
}

/** As Markdown, and why the job is to fail: '' where it is not. */
async function comparison(place, results) {
  const before = input('baseline');
  if (before === '') return { text: '', failed: '' };
  // Folders called as the commits are: those names stand in the title.
  const folder = (from, name) => {
    if (name === '') return from;
    cpSync(from, path.join(place, name), { recursive: true });
    return name;
  };
  const [from, to] = [
    folder(before, input('base')),
    folder(input('base') === '' ? input('results') : results, input('head') === input('base') ? '' : input('head')),
  ];
  const failOn = input('fail-on');
  const asked = ['diff', from, to, `--out=${results}`, '--format=markdown', ...(failOn === '' ? [] : [`--fail-on=${failOn}`])];
  const { status, out, err } = await bench(asked, { cwd: input('base') === '' ? process.cwd() : place });
  if (status !== 0 && status !== 1) throw new Refused(lastLine(err));
  return { text: out.trimEnd(), failed: status === 1 ? lastLine(err) : '' };
}

/** With its headings below those of the comment, and without why something failed: reasons may quote texts of the data. */
function below(markdown) {
  return markdown.replace(/^## Not computed\n[^]*?(?=^## )/m, '').replaceAll(/^(#{1,4}) /gm, '##$1 ');
}

function join(...parts) {
  return parts.flat().join('\n\n');
}

/** All of it, or without the table, or the first lines. */
function fitting(parts, table, link, most) {
  const whole = join(parts, table, link);
  if (whole.length <= most) return whole;
  const left = join(parts, 'The table of results is in the artifact.', link);
  if (left.length <= most) return left;
  const cut = join(parts).slice(0, most - 500);
  return join(cut.slice(0, cut.lastIndexOf('\n')), 'The rest is in the artifact.', link);
}
