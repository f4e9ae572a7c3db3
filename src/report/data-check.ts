import type { DataCheck, Majority, Truncation } from '../datasets/check.ts';
import type { TargetCheck } from '../datasets/check-targets.ts';
import { SPLITS, type Split } from '../datasets/dataset.ts';
import { option } from '../errors.ts';
import { tagFindings, tagWords } from './data-check-tags.ts';
import { bounded, nameCount, percent, plural, short, SHOWN, TEXT_LETTERS } from './data-check-words.ts';
import { listed, printable } from './text.ts';

export interface DataCheckLine {
  /** fact: describes the data; finding: a possible problem. */
  readonly kind: 'fact' | 'finding';
  readonly text: string;
}

/** A data check as lines: three if there are no findings, one more for each finding. */
export function dataCheckLines(check: DataCheck, truncation: readonly Truncation[]): DataCheckLine[] {
  const facts = [sizes(check), clean(check), lengths(check, truncation)].filter((line) => line !== '');
  const line =
    (kind: DataCheckLine['kind']) =>
    (text: string): DataCheckLine => ({ kind, text: printable(`${check.dataset}: ${text}`) });
  return [...facts.map(line('fact')), ...dataFindings(check).map(line('finding'))];
}

/** Findings, one sentence each. */
export function dataFindings(check: DataCheck): string[] {
  return [
    ...check.notes,
    ...ofTexts(check),
    ...ofPairs(check),
    ...ofLeaks(check),
    ...ofWords(check),
    ...ofClasses(check),
    ...ofTargets(check),
    ...tagFindings(check),
  ];
}

function sizes(check: DataCheck): string {
  const { texts, splits, sample } = check;
  const used = SPLITS.filter((split) => splits[split] > 0);
  const parts = used.length === 1 && used[0] === 'train' ? '' : ` (${used.map((split) => `${split} ${splits[split]}`).join(', ')})`;
  const chosen = sample === '' ? '' : `; rows used: ${sample}`;
  return `${plural(texts, itemOf(check))}${parts}, ${labelsOf(check)}${chosen}.`;
}

/** What a row is. */
function itemOf({ pairs, tags }: DataCheck): string {
  if (tags !== undefined) return 'sentence';
  return pairs === undefined ? 'text' : 'pair';
}

function labelsOf(check: DataCheck): string {
  const { splits, classes, targets, multiLabel, majority, testMajority } = check;
  if (check.tags !== undefined) return tagWords(check, check.tags);
  if (targets !== undefined) return targetWords(targets);
  const frequent = classes.toSorted((a, b) => b.texts - a.texts);
  const names = `${plural(classes.length, 'class', 'classes')}: ${bounded(frequent.map(nameCount))}`;
  const onTest = testMajority === undefined || splits.train + splits.dev === 0 ? '' : `, on test ${baseline(testMajority, multiLabel)}`;
  return `${names}; majority baseline ${majority === undefined ? '' : baseline(majority, multiLabel)}${onTest}`;
}

function targetWords({ least, most, mean, deviation, quantiles, distinct }: TargetCheck): string {
  const [low, lower, median, upper, high] = quantiles.map(short4);
  return (
    `targets from ${short4(least)} to ${short4(most)}, mean ${short4(mean)}, standard deviation ${short4(deviation)}, quantiles 5% ${low}, ` +
    `25% ${lower}, 50% ${median}, 75% ${upper}, 95% ${high}; ${plural(distinct, 'different number')}`
  );
}

/** A number with four digits. */
function short4(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function baseline({ class: guess, accuracy, microF1 }: Majority, multiLabel: boolean): string {
  return multiLabel ? `${percent(microF1)} micro-F1 (${short(guess)})` : `${percent(accuracy)} (${short(guess)})`;
}

/** What was checked without a finding. */
function clean(check: DataCheck): string {
  const { empty, duplicates, leaks, tags } = check;
  const overlaps = LEAKS.filter(({ among }) => leaks[among] === 0).map(({ own, other }) => `no ${itemOf(check)} of ${own} in ${other}`);
  const well = [
    ...(empty === 0 ? [`no empty ${tags === undefined ? 'texts' : 'sentences'}`] : []),
    ...(duplicates.rows === 0 ? ['no duplicates'] : []),
    ...overlaps,
  ];
  return well.length === 0 ? '' : `${well.join(', ')}.`;
}

function lengths(check: DataCheck, truncation: readonly Truncation[]): string {
  const { longest, texts, tags } = check;
  const cut = truncation.filter((each) => each.texts > 0).toSorted((a, b) => b.texts - a.texts);
  const words = cut.map(
    ({ encoder, prompt, maxLength, texts: count, words: lost, estimated }) =>
      `${estimated ? 'about ' : ''}${count} of ${texts} (${percent(count / texts)}) by ${encoder}${prompt === undefined ? '' : ` with prompt ${prompt}`} (${maxLength} tokens` +
      `${lost === undefined ? '' : `, ${plural(lost, 'word')} cut off`})`,
  );
  const truncated = truncation.length === 0 ? '' : `; truncated ${itemOf(check)}s: ${words.length === 0 ? 'none' : bounded(words)}`;
  if (tags !== undefined) return `longest sentence ${plural(longest.words, 'word')}${truncated}.`;
  return `longest text ${plural(longest.characters, 'character')}, ${plural(longest.words, 'word')}${truncated}.`;
}

function ofTexts(check: DataCheck): string[] {
  const { texts, empty, duplicates, findings, targets, tags } = check;
  const item = itemOf(check);
  const labels = tags === undefined ? (targets === undefined ? 'labels' : 'targets') : 'tags';
  const { rows, sameLabels, conflicting, conflictingRows, conflict } = duplicates;
  const lines: string[] = [];
  if (findings.oneText) lines.push(`All ${texts} ${item}s are equal.`);
  if (empty > 0)
    lines.push(
      `${empty} of ${plural(texts, tags === undefined ? 'text' : 'sentence')} ${empty === 1 ? 'is' : 'are'} empty (only white space).`,
    );
  if (rows > 0) {
    const same =
      sameLabels === rows
        ? `with the same ${labels}: ${option('deduplicate')} drops ${rows === 1 ? 'it' : 'them'}`
        : sameLabels === 0
          ? `none with the same ${labels}`
          : `${sameLabels} of them with the same ${labels}: ${option('deduplicate')} drops ${sameLabels === 1 ? 'that one' : 'those'}`;
    lines.push(`${rows} of ${texts} ${item}s ${rows === 1 ? 'repeats' : 'repeat'} an earlier one (after trimming), ${same}.`);
  }
  if (conflict !== undefined) {
    lines.push(
      `${plural(conflicting, item)} ${conflicting === 1 ? 'has' : 'have'} conflicting ${labels} in ${conflictingRows} rows: ` +
        `"${short(conflict.text, TEXT_LETTERS)}" is ` +
        `${listed(conflict.labels.slice(0, SHOWN).map((name) => short(name)))}${conflicting > 1 ? `; and ${conflicting - 1} more` : ''}.`,
    );
  }
  return lines;
}

const LEAKS: readonly { readonly among: keyof DataCheck['leaks']; readonly own: Split; readonly other: Split }[] = [
  { among: 'testInTrain', own: 'test', other: 'train' },
  { among: 'devInTrain', own: 'dev', other: 'train' },
  { among: 'testInDev', own: 'test', other: 'dev' },
];

/** Pairs that repeat in another order, or consist of equal texts. */
function ofPairs({ texts, pairs }: DataCheck): string[] {
  if (pairs === undefined) return [];
  const { swapped, equal, emptySeconds } = pairs;
  const lines: string[] = [];
  if (swapped > 0)
    lines.push(`${swapped} of ${texts} pairs ${swapped === 1 ? 'repeats' : 'repeat'} an earlier one with its two texts swapped.`);
  if (equal > 0) lines.push(`${equal} of ${texts} pairs ${equal === 1 ? 'has' : 'have'} the same text twice.`);
  if (emptySeconds > 0)
    lines.push(`${emptySeconds} of ${texts} second texts ${emptySeconds === 1 ? 'is' : 'are'} empty (only white space).`);
  return lines;
}

/** Numbers that look like classes, or are mostly the same. */
function ofTargets({ texts, splits, targets }: DataCheck): string[] {
  if (targets === undefined) return [];
  const { distinct, frequent, constant } = targets;
  const lines: string[] = [];
  if (distinct === 1) lines.push(`All targets are ${frequent.target}: at least two different numbers are required.`);
  else if (frequent.rows > 1 && frequent.rows > MOSTLY * texts) {
    lines.push(
      `${frequent.rows} of ${texts} targets (${percent(frequent.rows / texts)}) are ${frequent.target}: ranks of equal numbers are averaged.`,
    );
  }
  if (distinct > 1) {
    for (const { split, target, rows } of constant) {
      const all = rows === 1 ? `The only target of ${split} is` : `All ${rows} targets of ${split} are`;
      lines.push(
        `${all} ${target}: no correlation with ${rows === 1 ? 'it' : 'them'} is defined${split === 'dev' ? ', and dev can choose neither an epoch nor an encoder' : ''}.`,
      );
    }
  }
  if (splits.train === 0 && splits.dev + splits.test > 0) {
    lines.push(`No train set: only leave-one-out and complete can be scored on the ${texts} rows.`);
  }
  return lines;
}

/** Share of one number above which it is reported. */
const MOSTLY = 0.2;

function ofLeaks(check: DataCheck): string[] {
  const { leaks, splits } = check;

  return LEAKS.flatMap(({ among, own, other }) => {
    const count = leaks[among] ?? 0;
    return count === 0
      ? []
      : [
          `${count} of ${plural(splits[own], itemOf(check))} of ${own} (${percent(count / splits[own])}) ${count === 1 ? 'is' : 'are'} ` +
            `also in ${other} (leakage).`,
        ];
  });
}

/** Texts and classes that look like placeholders or missing values. */
function ofWords({ texts, findings: { missingTexts, missingClasses, printedClass, printedText } }: DataCheck): string[] {
  const lines: string[] = [];
  if (missingTexts > 0) {
    lines.push(
      `${missingTexts} of ${plural(texts, 'text')} ${missingTexts === 1 ? 'is' : 'are'} a word for a missing value and nothing else ` +
        '(nan, None, NA, …): embedded like any other.',
    );
  }
  if (missingClasses.length > 0) {
    lines.push(
      `${plural(missingClasses.length, 'class is', 'classes are')} called by a word for a missing value: ` +
        `${bounded(missingClasses.map(nameCount))}. ${missingClasses.length === 1 ? 'It is' : 'They are'} scored like any other: an ` +
        'empty cell is no label.',
    );
  }
  if (printedText !== undefined) {
    lines.push(`All texts are values as a program prints them (${short(printedText, TEXT_LETTERS)}), brackets and quotes included.`);
  }
  if (printedClass !== undefined) {
    lines.push(
      `All classes are values as a program prints them (${short(printedClass)}): each is one class, lists too. Several labels are read ` +
        `from lists of JSON or Parquet, or with ${option('labelSeparator')}.`,
    );
  }
  return lines;
}

function ofClasses({
  texts,
  splits,
  findings: { alike, unseen, rare, dominant, oneClass, oneText: _oneText, fractions, amounts, firstLabels },
  classes,
  task,
}: DataCheck): string[] {
  if (task !== 'classification') return [];
  const lines: string[] = [];
  if (firstLabels) lines.push(`Some texts have several labels, of which only the first counts (${option('labels')} all uses all of them).`);
  if (oneClass) lines.push(`All texts are of one class, ${short(classes[0]!.name)}: at least two classes are required.`);
  if (fractions)
    lines.push(
      `Its ${classes.length} labels are numbers with fractions: a target of regression (${option('task')} regression), no classes.`,
    );
  if (amounts) {
    lines.push(
      `Its ${classes.length} classes are whole numbers with gaps: if they are amounts, predict them with ${option('task')} regression.`,
    );
  }
  if (dominant !== undefined) {
    lines.push(
      `The class ${short(dominant.name)} has ${dominant.texts} of ${texts} texts (${percent(dominant.texts / texts)}): look at ` +
        'macro-F1, accuracy says little.',
    );
  }
  if (alike.length > 0) {
    lines.push(
      `Classes that differ by case or white space alone: ${bounded(
        alike.map((names) => listed(names.map((name) => JSON.stringify(short(name))))),
        '; ',
      )}.`,
    );
  }
  for (const { split, classes: absent } of unseen) {
    lines.push(
      `${split} has ${plural(absent.length, 'class', 'classes')} that train lacks: ${bounded(absent.map(nameCount))}. No classifier ` +
        `trained on train predicts ${absent.length === 1 ? 'it' : 'them'}.`,
    );
  }
  for (const { where, needed, classes: few } of rare) {
    const of = where === 'train' ? `${needed} texts in train (k = ${needed})` : `${needed} texts (k = ${needed - 1}, and the text itself)`;
    const single = where === 'all' ? few.filter((each) => each.texts === 1).length : 0;
    const alone =
      single === 0
        ? ''
        : ` ${single === 1 ? 'One has a single text, which is' : `${single} have a single text, which is`} always misclassified in leave-one-out.`;
    lines.push(
      `${plural(few.length, 'class', 'classes')} ${few.length === 1 ? 'has' : 'have'} fewer than ${of}: ` +
        `${bounded(few.map(nameCount))}.${alone}`,
    );
  }
  if (splits.train === 0 && splits.dev + splits.test > 0) {
    lines.push(`No train set: only leave-one-out and complete can be scored on the ${texts} texts.`);
  }
  return lines;
}
