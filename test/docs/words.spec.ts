import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/home.ts';
import { PAGES, sources } from './pages.ts';

/** Words that were ours alone, and what the field says in their place: docs/glossary.md has its words. */
const OLD: readonly (readonly [RegExp, string])[] = [
  [/\bnot told (?:from|apart)\b|\btold (?:from|apart)\b|\btells? \w+ apart\b/, 'not significantly different; tied'],
  [/\b(?:more than|beyond) chance\b/, 'statistically significant'],
  [/\bshare the first place\b/, 'tied for first'],
  [/\bdata sets?\b/i, 'dataset'],
  [/\b9[05] %/, '95% without a space'],
  [/\bnumber type\b/i, 'weight precision'],
  [/\bverbs?\b/, 'command'],
  [/\bcells?\b/, 'result, configuration'],
  [/\bms a text\b|\bmilliseconds a text\b|\btexts a second\b/, 'ms/text, texts/s'],
  [/\bside by side\b/, 'concatenated'],
  [/\bforetells?\b/, 'predicts'],
  [/\bin the plane\b/, 'in 2D'],
  [/\bof (?:your|one's) own\b/, 'your own …'],
  [/\bso many\b/, '(drop)'],
  [/\bbesides?\b/, 'next to, with, against, other than'],
  [/\bwhere none is\b|\bwhere left out\b/, 'default: …; if omitted'],
  [/\bthe document(?:'s|s)?\b/, 'the CEA tables; these pages'],
  [/\bgoes on (?:from|after|behind|where)\b/, 'resumes'],
  [/\bfor a person\b/, 'human-readable'],
  [/\bis no (?:file|folder)\b/, 'is not a file or directory'],
  [/\bOnce more ends it\b/, 'Press Ctrl-C again to quit immediately'],
  [/\bEnd with status\b/, 'Exit with status'],
  [/\bclassic head\b/, 'classification head'],
  [/\bepoch chosen by dev\b/i, 'best epoch by dev score'],
  [/\bIs, was given\b|\bwas given Y\b/, 'true label, predicted label'],
  [/\bany of them\b/, 'random choice'],
  [/\bNobody\b|\bnobody knows\b/, 'size unknown'],
  [/\bOut of reach\b/i, 'unavailable'],
  [/\bnailed?\b/, 'pin'],
];

/** Files whose words are still the old ones: the list only shrinks. */
const LEFT: ReadonlySet<string> = new Set([
  'docs/requests.md',
  'bench/command.ts', 'bench/commands/agree.ts', 'bench/commands/choose.ts', 'bench/commands/diff.ts', 'bench/commands/embed.ts',
  'bench/commands/finetune.ts', 'bench/commands/map.ts', 'bench/commands/merge.ts', 'bench/commands/models.ts',
  'bench/commands/predict-asked.ts', 'bench/commands/predict-model.ts', 'bench/commands/predict.ts', 'bench/commands/rank.ts',
  'bench/commands/report-data.ts', 'bench/commands/report.ts', 'bench/commands/run.ts', 'bench/commands/show.ts',
  'bench/commands/split.ts', 'bench/commands/worker.ts', 'bench/flags/dry-run.ts', 'bench/flags/out-folder.ts', 'bench/flags/policy.ts',
  'bench/flags/predict.ts', 'bench/flags/queue.ts', 'bench/flags/table.ts', 'bench/flags/values.ts', 'bench/terminal/experiment.ts',
  'bench/terminal/finish.ts', 'bench/terminal/interrupt.ts', 'bench/terminal/listing.ts', 'bench/terminal/plan-text.ts',
  'src/api/embed.ts', 'src/classifiers/card.ts', 'src/classifiers/output/resumable-file.ts', 'src/datasets/cell-kind.ts',
  'src/datasets/cells.ts', 'src/datasets/hub/card.ts', 'src/datasets/hub/label-names.ts', 'src/datasets/json-rows.ts',
  'src/datasets/load.ts', 'src/datasets/readers/parallel-lines.ts', 'src/datasets/target.ts', 'src/datasets/texts.ts',
  'src/datasets/user-file.ts', 'src/datasets/word-cells.ts', 'src/embed/finite.ts', 'src/embed/session.ts',
  'src/encoders/adapters/find-adapter.ts', 'src/encoders/adapters/lora-config.ts', 'src/encoders/adapters/task-adapters.ts',
  'src/encoders/checkpoint/shards.ts', 'src/encoders/checkpoint/torch.ts', 'src/encoders/encoder.ts',
  'src/encoders/families/decoder-config.ts', 'src/encoders/families/encoder-names.ts', 'src/encoders/families/nomic-bert.ts',
  'src/encoders/memory.ts', 'src/encoders/pair-graph.ts', 'src/encoders/position-start.ts', 'src/encoders/prompts.ts',
  'src/encoders/stated-layers.ts', 'src/encoders/tokenizer.ts', 'src/encoders/tokenizers/sentence-piece.ts',
  'src/experiment/choose-on.ts', 'src/experiment/named-refs.ts', 'src/experiment/names-apart.ts', 'src/experiment/plan-run.ts',
  'src/experiment/refs.ts', 'src/experiment/request.ts', 'src/experiment/train-job.ts', 'src/experiment/workspace.ts',
  'src/files/broken-file.ts', 'src/graph/lowering/numbers.ts', 'src/graph/read.ts', 'src/knn/search-space.ts',
  'src/opening/adapter-config.ts', 'src/opening/encoder-ref.ts', 'src/opening/open.ts', 'src/registry/datasets.ts',
  'src/registry/schema.ts', 'src/registry/variant-sources.ts', 'src/report/agreement.ts', 'src/report/choices.ts',
  'src/report/data-check.ts', 'src/report/diff.ts', 'src/report/markdown.ts', 'src/report/notes.ts', 'src/report/page/cost.ts',
  'src/report/page/difference.ts', 'src/report/page/main.ts', 'src/report/page/rankings.ts', 'src/report/page/score-tables.ts',
  'src/report/picture/agreement-chart.ts', 'src/report/ranking.ts', 'src/report/tables.ts', 'src/report/terminal.ts',
  'src/report/words.ts', 'src/results/changed-inputs.ts', 'src/results/csv.ts', 'src/results/forecasts.ts', 'src/results/predictions.ts',
  'src/results/shards.ts', 'src/results/source.ts', 'src/results/write.ts', 'src/sources/download.ts',
  'src/sources/hub/partial-snapshot.ts', 'src/sources/mirror.ts', 'src/tensors/read-safetensors.ts', 'src/tensors/weights-file.ts',
  'src/training/check-objective.ts', 'src/training/check-tags.ts', 'src/training/finetune-run.ts',
]);

function faultsIn(text: string): string[] {
  return OLD.flatMap(([old, now]) => {
    const found = old.exec(text);
    return found === null ? [] : [`"${found[0]}" (${now})`];
  });
}

test('docs: no old words in what is written', () => {
  const faults = PAGES.filter(({ file }) => !LEFT.has(file)).flatMap(({ file, prose }) =>
    prose.flatMap(({ line, text }) => faultsIn(text.replace(/^>.*/, '').replaceAll(/`[^`]*`/g, '``').replaceAll(/\]\([^)]*\)/g, ']')).map((fault) => `${file}:${line}: ${fault}`)),
  );
  assert.equal(faults.join('\n'), '');
});

/** Literals of a line of TypeScript that hold a sentence: names of columns and flags are no words. */
function literalsOf(line: string): string[] {
  const code = line.replace(/^\s*(?:\/\/|\/?\*).*$/, '').replace(/\s\/\/ .*$/, '');
  return [...code.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '').filter((text) => text.includes(' '));
}

test('src, bench: no old words in what is printed', () => {
  const faults = sources('src', 'bench').filter((file) => !LEFT.has(file)).flatMap((file) =>
    readFileSync(path.join(packageRoot(), file), 'utf8').split('\n').flatMap((line, at) =>
      literalsOf(line).flatMap((text) => faultsIn(text.replaceAll(/\\?`[^`]*`/g, '``')).map((fault) => `${file}:${at + 1}: ${fault}`)),
    ),
  );
  assert.equal(faults.join('\n'), '');
});

test('docs: old words are found', () => {
  assert.deepEqual(faultsIn('It is more than chance, at 95 %.'), ['"more than chance" (statistically significant)', '"95 %" (95% without a space)']);
  assert.deepEqual(literalsOf("  say('a cell of it'); // a cell"), ['a cell of it']);
});
