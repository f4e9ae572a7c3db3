/** One encoder with one prompt on one dataset. */
export interface OutlinedWork {
  readonly encoder: string;
  /** As in results.csv, if known already; '' for none. */
  readonly prompt: string;
  readonly dataset: string;
  /** How it is trained; undefined: it stays frozen. */
  readonly training: { readonly objective: string; readonly seed: number } | undefined;
  /** Number of rows; undefined as long as files that determine it are missing. */
  readonly rows: number | undefined;
  readonly texts: number | undefined;
  /** Number of texts to encode, counted once per pass. */
  readonly toRun: number | undefined;
  /** Of a training run: text passes, three per training step. */
  readonly passes?: number | undefined;
  /** An estimate. */
  readonly seconds: number | undefined;
}
