/** One encoder with one prompt on one dataset. */
export interface OutlinedWork {
  readonly encoder: string;
  /** As results.csv will have it, where it is known already; '' for none. */
  readonly prompt: string;
  readonly dataset: string;
  /** How it is trained; undefined: it stays frozen. */
  readonly training: { readonly objective: string; readonly seed: number } | undefined;
  /** Rows that it will have; undefined as long as files are missing that say so. */
  readonly rows: number | undefined;
  readonly texts: number | undefined;
  /** Texts that are to be run, as often as they are. */
  readonly toRun: number | undefined;
  /** Of a training: passes of texts, a step being three. */
  readonly passes?: number | undefined;
  /** A guess. */
  readonly seconds: number | undefined;
}
