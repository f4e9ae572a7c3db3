import { HarnessError } from '../errors.ts';
import { sweepPartials } from '../files/partial-files.ts';
import { fileSignature } from './file-signature.ts';
import { mergePredictions, NO_PREDICTIONS, predictionsOf, readPredictions, textOfPredictions, type Predictions } from './predictions.ts';
import type { ScoredCell } from './scored.ts';
import { writeWhole } from './write.ts';

/** The prediction files of a results folder, read again only if they have changed. */
export class PredictionsFiles {
  readonly #overwrite: boolean;
  /** By file. */
  readonly #known = new Map<string, { readonly seen: string | undefined; readonly predictions: Predictions }>();

  /** `overwrite`: a file that will be overwritten may be broken. */
  constructor({ overwrite }: { readonly overwrite: boolean }) {
    this.#overwrite = overwrite;
  }

  /** @throws HarnessError FORMAT if the file is broken */
  async read(file: string): Promise<Predictions> {
    const known = this.#known.get(file);
    const seen = await fileSignature(file);
    if (known !== undefined && known.seen === seen) return known.predictions;
    const predictions = await readPredictions(file).catch((error: unknown) => {
      if (this.#overwrite && error instanceof HarnessError) return NO_PREDICTIONS;
      throw error;
    });
    this.#known.set(file, { seen, predictions });
    return predictions;
  }

  /** Writes results into a file, in addition to those that it has and `isKept` keeps. The caller must hold the folder's lock. */
  async add(file: string, cells: readonly ScoredCell[], isKept: (key: string) => boolean): Promise<void> {
    const predictions = mergePredictions(await this.read(file), cells.map(predictionsOf), isKept);
    // A partial file here was left by a killed run: only one run writes at a time.
    await sweepPartials(file, 0);
    await writeWhole({ file, text: textOfPredictions(predictions) });
    this.#known.set(file, { seen: await fileSignature(file), predictions });
  }
}
