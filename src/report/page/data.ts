import type { RankedList } from '../verdict/ranked-list.ts';

/**
 * What the page of `bench report` is made from: plain data, as one JSON text in it. Names and texts are hostile until they stand in a text
 * node.
 */

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the page is about, and what it says where something is not there. */
export interface PageData {
  /** What the page is called: `--title`, else the datasets. */
  readonly title: string;
  readonly version: string;
  /** Day on which the last run ended, `2026-11-29`; left out where that is not known. */
  readonly date?: string | undefined;
  /** key → title. */
  readonly titles: Readonly<Record<'encoders' | 'datasets' | 'estimators' | 'objectives', Readonly<Record<string, string>>>>;
  readonly results: Table;
  readonly estimates: Table;
  readonly training: Table;
  readonly costs: readonly Cost[];
  readonly rankings: readonly RankedList[];
  /** The answer for each dataset, and each of its label fields. */
  readonly verdicts: readonly Verdict[];
  readonly agreement: readonly AgreementLine[];
  readonly difference: Difference | undefined;
  readonly corpora: readonly Corpus[];
  /** Corpus of each row of the results. */
  readonly rowCorpora: readonly number[];
  readonly confusions: readonly Confusion[];
  readonly browsers: readonly Browser[];
  readonly pictures: readonly Picture[];
  /** Lines of each section, the limits of the page among them. */
  readonly notes: Readonly<Partial<Record<Section, readonly string[]>>>;
}

export type Section =
  'verdict' | 'results' | 'agreement' | 'cost' | 'layers' | 'confusion' | 'neighbours' | 'training' | 'difference' | 'pictures';

export interface Verdict {
  /** Place in `rankings` of the list that answers. */
  readonly list: number;
  readonly sentence: string;
  /** How many were scored. */
  readonly items?: number | undefined;
  readonly unit: 'text' | 'word';
  /** How they were chosen; '' where all were. */
  readonly sample: string;
  readonly classes?: number | undefined;
  /** What predicting the most frequent class scores, in percent. */
  readonly baseline?: number | undefined;
}

/** What an encoder costs; what is not known is left out. */
export interface Cost {
  readonly encoder: string;
  readonly parameters?: number | undefined;
  readonly textMs?: number | undefined;
  readonly memoryMb?: number | undefined;
}

/** How well an estimate predicted which encoder is best after fine-tuning. */
export interface AgreementLine {
  readonly objective: string;
  readonly estimate: string;
  /** Left out: mean over the datasets. */
  readonly dataset?: string | undefined;
  readonly encoders: number;
  readonly spearman: Measured;
  readonly weightedTau: Measured;
  readonly regret: Measured;
  readonly hit: Measured;
}

/** A value with its 95% interval over the encoders; null where there is none. */
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
  /** Rows and labels, where several corpora are of one dataset. */
  readonly about: string;
  readonly classes: readonly string[];
  /** Row → text, of those that the page shows. */
  readonly texts: Readonly<Record<number, string>>;
}

/** What the texts of a result were given. */
export interface Confusion {
  /** Row of the table of results. */
  readonly row: number;
  readonly corpus: number;
  readonly n: number;
  readonly multi: boolean;
  /** Of each class: its texts, those of them that were given it, others that were given it. */
  readonly counts: readonly (readonly [number, number, number])[];
  /** Classes and how often the first was given the second (-1: nothing), most often first. */
  readonly pairs: readonly (readonly [number, number, number])[];
  /** Confusions that `pairs` leaves out. */
  readonly rest: number;
  /** Rows of the corpus, of each of the first pairs. */
  readonly examples: readonly (readonly number[])[];
}

/** The nearest neighbours of some texts of a corpus. */
export interface Browser {
  readonly corpus: number;
  /** Row of the table of results. */
  readonly row: number;
  /** How many vote. */
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
  /** SVG in base64. */
  readonly svg: string;
}
