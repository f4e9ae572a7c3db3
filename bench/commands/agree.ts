import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { loadDatasets } from '../../src/registry/datasets.ts';
import { loadModels } from '../../src/registry/models.ts';
import { renderAgreement } from '../../src/report/agreement.ts';
import { agreementSvg } from '../../src/report/picture/agreement-chart.ts';
import { pngOf } from '../../src/report/picture/png.ts';
import { readPublishedResults } from '../../src/report/published.ts';
import { FORMATS } from '../../src/report/render.ts';
import { readCosts, type CostRow } from '../../src/results/costs.ts';
import { readRows } from '../../src/results/csv.ts';
import { writeWhole } from '../../src/results/write.ts';
import { readEstimates, type EstimateRow } from '../../src/results/estimates.ts';
import { forecastsOf, type ForecastsParams, type Scored } from '../../src/results/forecasts.ts';
import { agreement, FEWEST } from '../../src/statistics/agreement.ts';
import { flagged } from '../flags/flag-names.ts';
import { isSet, tableWidth, text, QUIET_OPTION, WIDE_OPTION, word } from '../flags/options.ts';
import { RECENT, recentFolder } from '../flags/recent-run.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import { sayNext } from '../terminal/next.ts';
import type { CommandModule } from '../command-module.ts';

/** `bench agree`: how well frozen scores predicted fine-tuned scores. */
export const command: CommandModule = {
  summary: 'Did frozen scores predict fine-tuned scores? Rank correlation, and the score lost by picking the top-ranked encoder (regret).',
  usage: '[FOLDER …]',
  options: {
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: RECENT,
      describe: 'Results folder, if none is named: results of frozen and of fine-tuned encoders.',
    },
    picture: { type: 'string', requiresArg: true, describe: 'Also draw the agreement over all datasets: FILE.svg or FILE.png.' },
    published: { type: 'boolean', describe: 'Use the published scores of the CEA tables instead.' },
    format: { type: 'string', requiresArg: true, default: 'table', describe: `Output format: ${FORMATS.join(', ')}.` },
    ...WIDE_OPTION,
    ...QUIET_OPTION,
    'models-file': { type: 'string', requiresArg: true, describe: 'Registry of encoders (for titles).' },
    'datasets-file': { type: 'string', requiresArg: true, describe: 'Registry of datasets (for titles).' },
  },
  examples: [
    ['bench agree --published', 'Which pooling of the CEA tables predicts fine-tuned scores best?'],
    ['bench agree results --picture agreement.svg', 'Your runs, after `bench rank` and `bench finetune`; also as a picture.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const picture = text(argv, 'picture');
    if (picture !== undefined && !/\.(svg|png)$/.test(picture)) {
      throw new HarnessError('OPTION', { where: '--picture', what: `"${picture}" is neither a .svg nor a .png file.`, hint: 'Name one.' });
    }
    const named = argv._.map(String);
    const published = isSet(argv, 'published');
    if (published && named.length > 0) {
      throw new HarnessError('OPTION', {
        where: '--published',
        what: 'It uses the published scores, and a folder is named.',
        hint: 'Omit one.',
      });
    }
    const recent = (): string => text(argv, 'out') ?? recentFolder({ terminal, files: ['results.csv', 'estimates.csv'] });
    const folders = published ? [] : named.length > 0 ? named : [recent()];
    const scores = published ? { rows: await publishedRows() } : await scoresOf(folders);
    const tables = forecastsOf(scores)
      .map(({ estimate, objective, forecasts }) => ({ estimate, objective, agreements: agreement(forecasts) }))
      .filter(({ agreements }) => agreements.length > 0);
    if (tables.length === 0) {
      throw new HarnessError('DATA', {
        what: `No dataset has ${FEWEST} encoders with both frozen and fine-tuned scores.`,
        hint: 'Run `bench rank` or `bench run`, and `bench finetune`, with the same encoders and datasets into one folder, or name several.',
      });
    }
    const titles = titlesOf({ models: loadModels(text(argv, 'models-file')), datasets: loadDatasets(text(argv, 'datasets-file')) });
    if (picture !== undefined) {
      const svg = await agreementSvg(tables);
      await writeWhole({ file: picture, text: picture.endsWith('.svg') ? svg : pngOf(svg) });
    }
    const width = tableWidth(argv, terminal);
    const rendered = renderAgreement({ tables, titles, format, tty: terminal.width !== undefined, width });
    terminal.out.write(format === 'table' ? flagged(rendered) : rendered);
    // The best estimator on published scores should be tried on the user's own data.
    if (format === 'table' && !isSet(argv, 'quiet')) sayNext(terminal, published ? ['rank'] : ['report', folders[0]!]);
    return 0;
  },
};

async function publishedRows(): Promise<Scored[]> {
  return (await readPublishedResults()).map(({ score, ...cell }) => ({ ...cell, micro_f1: score }));
}

async function scoresOf(folders: readonly string[]): Promise<ForecastsParams> {
  const rows: Scored[] = [];
  const estimates: EstimateRow[] = [];
  const costs: CostRow[] = [];
  for (const folder of folders) {
    const { rows: scored } = await readRows(path.join(folder, 'results.csv'));
    const estimated = await readEstimates(path.join(folder, 'estimates.csv'));
    if (scored.length + estimated.length === 0) {
      throw new HarnessError('OPTION', {
        where: folder,
        what: 'It has neither results.csv nor estimates.csv with rows.',
        hint: 'Name a results folder.',
      });
    }
    rows.push(...scored);
    estimates.push(...estimated);
    costs.push(...(await readCosts(path.join(folder, 'costs.csv'))));
  }
  return { rows, estimates, costs };
}
