import type { PageData, Section } from '../../src/report/page/data.ts';

/** Notes per section; for a section without data, which is omitted, how to get it. */
export function withHints(data: PageData, { notes, neighbours }: { notes: PageData['notes']; neighbours: number }): PageData['notes'] {
  const hints: Readonly<Partial<Record<Section, { readonly empty: boolean; readonly hint: string }>>> = {
    verdict: {
      empty: data.verdicts.length === 0,
      hint: 'A verdict needs results, leave-one-out or of a test or dev split (`bench run`, `bench finetune`), or estimates (`bench rank`).',
    },
    cost: {
      empty: data.costs.length < 2,
      hint:
        'The cost of at least two encoders is needed: parameters of those whose files are available, or ms/text from timings.csv ' +
        '(`bench run`) or costs.csv (`bench rank`).',
    },
    layers: { empty: !hasLayers(data), hint: '`bench rank`, or `bench run --layers all`, scores every layer.' },
    confusion: { empty: data.confusions.length === 0, hint: '`bench run` keeps the predictions of each text in examples/.' },
    neighbours: {
      empty: data.browsers.length === 0,
      hint:
        neighbours === 0
          ? 'Left out (`--neighbours 0`).'
          : 'Neighbours are shown for frozen leave-one-out results whose dataset and encoder are available here.',
    },
    training: { empty: data.training.rows.length === 0, hint: '`bench finetune` writes training.csv.' },
    agreement: {
      empty: data.agreement.length === 0,
      hint:
        'At least three encoders are needed, frozen (`bench run`, `bench rank`) and fine-tuned (`bench finetune`) on one dataset, ' +
        'in one folder.',
    },
    pictures: { empty: data.pictures.length === 0, hint: '`bench map` writes maps; maps/*.svg of the results folder are shown.' },
  };
  const lines = { ...notes };
  for (const [section, { empty, hint }] of Object.entries(hints))
    if (empty) lines[section as Section] = [hint, ...(notes[section as Section] ?? [])];
  return lines;
}

function hasLayers({ results, estimates }: PageData): boolean {
  return [results, estimates].some(({ columns, rows }) => {
    const at = columns.indexOf('layers');
    return rows.some((row) => /^\d+$/.test(row[at] ?? ''));
  });
}
