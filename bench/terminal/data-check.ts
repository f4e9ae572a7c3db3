import type { DataCheck } from '../../src/datasets/check.ts';
import type { CheckedDataset } from '../../src/experiment/check-dataset.ts';
import type { DatasetRef } from '../../src/experiment/refs.ts';
import type { Progress } from '../../src/progress.ts';
import { dataCheckLines } from '../../src/report/data-check.ts';

export interface DataChecksParams {
  /** Datasets of the command. */
  readonly datasets: readonly DatasetRef[];
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Keeps a warning for machine-readable output without printing it. */
  readonly note: (line: string) => void;
}

/** `before`: the check of the dataset before it was split; its findings are not repeated, and no text is counted again. */
export type Checked = CheckedDataset & { readonly before?: DataCheck | undefined };

export interface DataChecks {
  readonly add: (checked: Checked) => void;
  /** After the last dataset. */
  readonly end: () => void;
}

/**
 * Prints data checks: facts as progress, findings as warnings, which are printed without progress too. Of several datasets of the registry
 * it prints their number and how many findings there are, since their users have not made them and can change nothing about them.
 */
export function dataChecks({ datasets, progress, warn, note }: DataChecksParams): DataChecks {
  const known = new Set(datasets.length > 1 ? datasets.flatMap((ref) => (ref.kind === 'entry' ? [ref.name] : [])) : []);
  const briefly = new Map<string, { readonly texts: number; findings: number }>();
  return {
    add: ({ check, truncation, before }) => {
      const brief = known.has(check.dataset);
      const said = new Set(before === undefined ? [] : dataCheckLines(before, []).map(({ text }) => text));
      const lines = dataCheckLines(check, truncation).filter(({ text }) => !said.has(text));
      if (!brief) for (const { kind, text } of lines) (kind === 'fact' ? progress.log : warn)(text);
      else {
        const counted = briefly.get(check.dataset) ?? { texts: check.texts, findings: 0 };
        briefly.set(check.dataset, counted);
        for (const { kind, text } of lines) {
          if (kind === 'fact') continue;
          note(text);
          counted.findings++;
        }
      }
    },
    end: () => {
      const all = [...briefly.values()];
      if (all.length === 0) return;
      const texts = all.reduce((sum, each) => sum + each.texts, 0);
      const findings = all.reduce((sum, each) => sum + each.findings, 0);
      const most = [...briefly].toSorted(([, a], [, b]) => b.findings - a.findings)[0]![0];
      const shown = findings === 0 ? '' : `; \`bench datasets check ${most}\` shows those of one`;
      progress.log(
        `Data check: ${all.length} ${all.length === 1 ? 'dataset' : 'datasets'} of the registry, ${texts} texts, ${findings} ${findings === 1 ? 'finding' : 'findings'}${shown}.`,
      );
    },
  };
}
