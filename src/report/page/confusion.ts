import { cellName, corpusName, number, trustOf, type Cell } from './cells.ts';
import { chart } from './chart.ts';
import type { Confusion, Corpus, PageData } from './data.ts';
import { bounded, chooser, count, distinct, el, foreign, plainNames, records, type Child } from './dom.ts';
import { table } from './table.ts';
import { colour } from './theme.ts';

/** Confusion matrix of a result, with example texts. */

/** Maximum classes of a readable matrix. */
const MOST_CLASSES = 30;

export function confusionSection(data: PageData): Child[] {
  if (data.confusions.length === 0) return [];
  const rows = records(data.results);
  const corpora = distinct(data.confusions.map(({ corpus }) => corpus));
  const place = el('div', { class: 'confusion' });
  const cells = el('div', { class: 'slot grow' });
  const show = (one: Confusion): void => place.replaceChildren(...cellView(data, one, rows[one.row]!));
  const showCorpus = (corpus: number): void => {
    const own = data.confusions
      .filter((one) => one.corpus === corpus)
      .toSorted(
        (a, b) => trustOf(rows[a.row]!) - trustOf(rows[b.row]!) || number(rows[b.row]!['micro_f1']) - number(rows[a.row]!['micro_f1']),
      );
    cells.replaceChildren(
      chooser({
        label: 'Result',
        choices: own.map(({ row }, at) => ({ value: String(at), label: `${cellName(data, rows[row]!)}: ${rows[row]!['micro_f1']}` })),
        onChange: (at) => show(own[Number(at)]!),
      }),
    );
    show(own[0]!);
  };
  showCorpus(corpora[0]!);
  return [
    el(
      'div',
      { class: 'controls' },
      chooser({
        label: 'Dataset',
        choices: corpora.map((at) => ({ value: String(at), label: corpusName(data, data.corpora[at]!) })),
        onChange: (at) => showCorpus(Number(at)),
      }),
      cells,
    ),
    place,
  ];
}

/** Name of a class; a word for no label. */
export function className({ classes }: Corpus, label: number): string {
  return label < 0 ? '(nothing)' : classes[label] === '' ? '(empty)' : (classes[label] ?? '?');
}

function cellView(data: PageData, one: Confusion, row: Cell): Child[] & Node[] {
  const corpus = data.corpora[one.corpus]!;
  const wrong = one.pairs.reduce((sum, [, , times]) => sum + times, one.rest);
  return [
    el(
      'p',
      {},
      foreign(cellName(data, row)),
      `: ${count(one.n, 'text')}, ${one.multi ? count(wrong, 'wrong pair of labels', 'wrong pairs of labels') : `${count(wrong, 'text')} misclassified`}.`,
    ),
    wrong > 0 && matrixChart(data, one, row),
    wrong > 0 && worstTable(corpus, one),
    classTable(corpus, one),
  ].filter((child) => child !== false) as Node[];
}

/** The classes with most confusions, if there are too many for a matrix. */
function shownClasses({ counts, pairs }: Confusion): number[] {
  const all = [...counts.keys()].filter((label) => counts[label]!.some((n) => n > 0));
  if (all.length <= MOST_CLASSES) return all;
  const errors = counts.map(() => 0);
  for (const [truth, given, times] of pairs) {
    errors[truth]! += times;
    if (given >= 0) errors[given]! += times;
  }
  return all
    .toSorted((a, b) => errors[b]! - errors[a]!)
    .slice(0, MOST_CLASSES)
    .toSorted((a, b) => a - b);
}

function matrixChart(data: PageData, one: Confusion, row: Cell): HTMLElement {
  const corpus = data.corpora[one.corpus]!;
  const shown = shownClasses(one);
  const names = new Map(plainNames(shown.map((label) => className(corpus, label))).map((name, at) => [shown[at]!, name]));
  const cell = (truth: number, given: number, times: number) => ({
    is: names.get(truth)!,
    given: names.get(given)!,
    times,
    share: times / Math.max(1, one.counts[truth]![0]),
  });
  const values = [
    ...shown.map((label) => cell(label, label, one.counts[label]![1])),
    ...one.pairs.filter(([truth, given]) => names.has(truth) && names.has(given)).map(([truth, given, times]) => cell(truth, given, times)),
  ].filter(({ times }) => times > 0);
  const axis = { ticks: false, domain: false, labelLimit: 110 };
  const scale = { domain: [...names.values()], paddingInner: 0.06 };
  const step = Math.max(18, Math.min(36, 420 / shown.length));
  const numbers = shown.length <= 14;
  return chart({
    label: `Confusion matrix of ${corpusName(data, corpus)}, ${cellName(data, row)}. The most frequent confusions are in the table below.`,
    caption: `Rows: true labels. Columns: predicted labels. Shade: share of the row.${shown.length < one.counts.length ? ` The ${shown.length} of ${one.counts.length} classes with most confusions.` : ''}`,
    spec: (width) => ({
      // A few classes over a wide screen would be stretched into bars.
      ...(90 * shown.length + 130 < width && { width: 90 * shown.length + 130 }),
      height: step * shown.length,
      data: { values },
      encoding: {
        x: {
          field: 'given',
          type: 'nominal',
          title: width < 130 + 13 * shown.length ? 'Predicted label, in the order of the rows' : 'Predicted label',
          scale,
          axis: {
            ...axis,
            labels: width >= 130 + 13 * shown.length,
            labelAngle: shown.length > 4 ? -60 : 0,
            labelOverlap: false,
            orient: 'top',
          },
        },
        y: { field: 'is', type: 'nominal', title: 'True label', scale, axis: { ...axis, labelOverlap: false } },
      },
      layer: [
        {
          mark: { type: 'rect', cornerRadius: 2 },
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative',
              title: 'Share of the row',
              scale: { domain: [0, 1] },
              legend: { format: '.0%', gradientLength: 160, tickCount: 3 },
            },
            tooltip: [
              { field: 'is', title: 'True' },
              { field: 'given', title: 'Predicted' },
              { field: 'times', title: 'Texts' },
              { field: 'share', title: 'Share', format: '.1%' },
            ],
          },
        },
        ...(numbers
          ? [
              {
                mark: { type: 'text', tooltip: null, fontSize: 11 },
                encoding: {
                  text: { field: 'times' },
                  color: { condition: { test: 'datum.share > 0.55', value: colour('on-accent') }, value: colour('ink') },
                },
              },
            ]
          : []),
      ],
    }),
    table: table({
      caption: 'Texts by true and predicted label',
      rows: values,
      columns: [
        { title: 'True label', value: ({ is }) => is, filter: true },
        { title: 'Predicted label', value: ({ given }) => given, filter: true },
        { title: 'Texts', numeric: true, value: ({ times }) => times },
        { title: 'Share of the row, %', numeric: true, value: ({ share }) => share, show: ({ share }) => (100 * share).toFixed(1) },
      ],
    }),
  });
}

/** Number of confusions listed. */
const LISTED = 200;

interface Worst {
  readonly truth: string;
  readonly given: string;
  readonly times: number;
  readonly of: number;
  /** Rows of the corpus. */
  readonly texts: readonly number[];
}

function worstTable(corpus: Corpus, { pairs, examples, counts }: Confusion): HTMLElement {
  const withTexts = examples.flat().some((row) => corpus.texts[row] !== undefined);
  return table<Worst>({
    caption: withTexts ? 'Most frequent confusions, with texts' : 'Most frequent confusions',
    heads: 2,
    unit: 'confusion',
    rows: pairs.slice(0, LISTED).map(([truth, given, times], at) => ({
      truth: className(corpus, truth),
      given: className(corpus, given),
      times,
      of: counts[truth]![0],
      texts: examples[at] ?? [],
    })),
    columns: [
      { title: 'True label', value: ({ truth }) => truth },
      { title: 'Predicted label', value: ({ given }) => given },
      { title: 'Texts', numeric: true, value: ({ times }) => times },
      {
        title: 'Share of class, %',
        numeric: true,
        value: ({ times, of }) => times / Math.max(1, of),
        show: ({ times, of }) => ((100 * times) / Math.max(1, of)).toFixed(1),
      },
      ...(withTexts
        ? [
            {
              title: 'Texts',
              below: true,
              value: ({ texts }: Worst) => texts.map((row) => corpus.texts[row] ?? '').join('\n'),
              show: ({ texts }: Worst) =>
                el(
                  'ul',
                  { class: 'texts' },
                  ...texts
                    .filter((row) => corpus.texts[row] !== undefined)
                    .map((row) => el('li', {}, foreign(bounded(corpus.texts[row]!, 240)))),
                ),
            },
          ]
        : []),
    ],
  });
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? Number.NaN : (100 * part) / whole;
}

function fixedPercent(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(1);
}

function classTable(corpus: Corpus, { counts }: Confusion): HTMLElement {
  return table({
    caption: 'Per-class metrics',
    unit: 'class',
    controls: false,
    sort: { column: 1, down: true },
    rows: counts
      .map(([n, right, wrongly], label) => ({
        name: className(corpus, label),
        n,
        recall: percentOf(right, n),
        precision: percentOf(right, right + wrongly),
        f1: percentOf(2 * right, n + right + wrongly),
      }))
      .filter(({ n, precision }) => n > 0 || !Number.isNaN(precision)),
    columns: [
      { title: 'Class', value: ({ name }) => name },
      { title: 'Texts', numeric: true, value: ({ n }) => n },
      { title: 'Precision, %', numeric: true, value: ({ precision }) => precision, show: ({ precision }) => fixedPercent(precision) },
      { title: 'Recall, %', numeric: true, value: ({ recall }) => recall, show: ({ recall }) => fixedPercent(recall) },
      { title: 'F1, %', numeric: true, value: ({ f1 }) => f1, show: ({ f1 }) => fixedPercent(f1) },
    ],
  });
}
