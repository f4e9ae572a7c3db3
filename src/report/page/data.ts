import type { RankedList } from '../verdict/ranked-list.ts';

/** Data of the `bench report` page: plain data, embedded as one JSON text. Names and texts are untrusted until they are in a text node. */

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Content of the page, and notes on what is missing. */
export interface PageData {
  /** Title of the page: `--title`, else the datasets. */
  readonly title: string;
  readonly version: string;
  /** The command that makes the page without texts of the data; omitted if it has none. */
  readonly withoutTexts?: string | undefined;
  /** Day on which the last run finished, `2026-11-29`; omitted if unknown. */
  readonly date?: string | undefined;
  /** key → title. */
  readonly titles: Readonly<Record<'encoders' | 'datasets' | 'estimators' | 'objectives', Readonly<Record<string, string>>>>;
  readonly results: Table;
  readonly estimates: Table;
  readonly training: Table;
  readonly costs: readonly Cost[];
  readonly rankings: readonly RankedList[];
  /** With many datasets, the answer for all of them. */
  readonly overall: readonly string[];
  /** The answer for each dataset and label field. */
  readonly verdicts: readonly Verdict[];
  readonly agreement: readonly AgreementLine[];
  readonly difference: Difference | undefined;
  readonly corpora: readonly Corpus[];
  /** Corpus of each results row. */
  readonly rowCorpora: readonly number[];
  readonly confusions: readonly Confusion[];
  readonly browsers: readonly Browser[];
  readonly pictures: readonly Picture[];
  /** Notes of each section, including limits of the page. */
  readonly notes: Readonly<Partial<Record<Section, readonly string[]>>>;
}

export type Section =
  'verdict' | 'results' | 'agreement' | 'cost' | 'layers' | 'confusion' | 'neighbours' | 'training' | 'difference' | 'pictures';

export interface Verdict {
  /** Index in `rankings` of the list that answers. */
  readonly list: number;
  readonly sentence: string;
  /** Number scored. */
  readonly items?: number | undefined;
  readonly unit: 'text' | 'word';
  /** How they were sampled; '' if all were used. */
  readonly sample: string;
  readonly classes?: number | undefined;
  /** Score of predicting the most frequent class, as a percentage. */
  readonly baseline?: number | undefined;
}

/** Cost of an encoder; unknown values are omitted. */
export interface Cost {
  readonly encoder: string;
  readonly parameters?: number | undefined;
  readonly textMs?: number | undefined;
  readonly memoryMb?: number | undefined;
}

/** How well an estimate predicted the best encoder after fine-tuning. */
export interface AgreementLine {
  readonly objective: string;
  readonly estimate: string;
  /** Omitted: mean over the datasets. */
  readonly dataset?: string | undefined;
  readonly encoders: number;
  readonly spearman: Measured;
  readonly weightedTau: Measured;
  readonly regret: Measured;
  readonly hit: Measured;
}

/** A value with its 95% interval over the encoders; null if there is none. */
export interface Measured {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Difference {
  readonly before: string;
  readonly after: string;
  readonly cells: readonly DifferenceCell[];
}

export interface DifferenceCell {
  readonly dataset: string;
  readonly cell: string;
  readonly change: 'better' | 'worse' | 'unchanged' | 'new' | 'gone';
  readonly before: string;
  readonly after: string;
  readonly points?: { readonly difference: number; readonly low: number; readonly high: number } | undefined;
  readonly test?: string | undefined;
  readonly adjusted?: number | undefined;
  readonly significant: boolean;
  readonly note?: string | undefined;
}

/** Texts of a dataset as they were scored, and their classes. */
export interface Corpus {
  readonly dataset: string;
  /** Rows and labels, if several corpora are of one dataset. */
  readonly about: string;
  readonly classes: readonly string[];
  /** Row → text, for those that the page shows. */
  readonly texts: Readonly<Record<number, string>>;
}

/** Predictions for the texts of a result. */
export interface Confusion {
  /** Row of the results table. */
  readonly row: number;
  readonly corpus: number;
  readonly n: number;
  readonly multi: boolean;
  /** For each class: number of its texts, of those predicted correctly, and of other texts predicted as it. */
  readonly counts: readonly (readonly [number, number, number])[];
  /** True class, predicted class (-1: none) and count, most frequent first. */
  readonly pairs: readonly (readonly [number, number, number])[];
  /** Number of confusions missing from `pairs`. */
  readonly rest: number;
  /** Example rows of the corpus for each of the first pairs. */
  readonly examples: readonly (readonly number[])[];
}

/** The nearest neighbours of some texts of a corpus. */
export interface Browser {
  readonly corpus: number;
  /** Row of the results table. */
  readonly row: number;
  /** Number of neighbours that vote. */
  readonly k: number;
  readonly items: readonly BrowserItem[];
}

export interface BrowserItem {
  readonly row: number;
  readonly truth: readonly number[];
  readonly given: readonly number[];
  /** Nearest first: row, distance, classes. The first k vote. */
  readonly neighbours: readonly { readonly row: number; readonly distance: number; readonly labels: readonly number[] }[];
}

export interface Picture {
  readonly title: string;
  /** SVG as base64. */
  readonly svg: string;
}
