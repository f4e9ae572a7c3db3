import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGES, type Page } from './pages.ts';

/** A time, a rate or a size of memory. */
const FIGURE = /\d (?:µs|ms|s|seconds|minutes|hours|[kMG]B|texts\/s)\b|\d (?:ms|µs)\/text|\d texts? per second/;
const COMMAND = /npm (?:run|ci|test)|\bbench \w|^bench$|git |timings\.csv/m;

/** Measured values name their command, in their section or at the top of the page. */
const MEASURED = [
  'README.md',
  'docs/performance.md',
  'docs/getting-started.md',
  'docs/ranking.md',
  'docs/report.md',
  'docs/fine-tuning.md',
  'docs/reproducibility.md',
  'docs/predicting.md',
  'docs/scale.md',
];

function without({ file, sections, fences, lines }: Page): string[] {
  return sections.flatMap(({ heading, level, text }) => {
    if (!FIGURE.test(text)) return [];
    const from = heading === '' ? 0 : lines.indexOf(`${'#'.repeat(level)} ${heading}`);
    const next = lines.findIndex(
      (line, at) =>
        at > from && /^#+ /.test(line) && !fences.some((fence) => at + 1 >= fence.line && at + 1 < fence.line + fence.lines.length),
    );
    const whole = lines.slice(from, next === -1 ? undefined : next).join('\n');
    return COMMAND.test(whole) ? [] : [`${file}: ${heading}`];
  });
}

test('docs: every section with measured figures names the command that measures them', () => {
  assert.deepEqual(PAGES.filter(({ file }) => MEASURED.includes(file)).flatMap(without), []);
});

test('docs: a figure without a command is found', () => {
  const page: Page = {
    file: 'x.md',
    lines: ['# X', 'It takes 3.5 s.'],
    fences: [],
    prose: [],
    sections: [{ heading: 'X', level: 1, text: 'It takes 3.5 s.' }],
  };
  assert.deepEqual(without(page), ['x.md: X']);
});
