import { datasetName } from './cells.ts';
import type { AgreementLine, Measured, PageData } from './data.ts';
import { el, foreign, type Child } from './dom.ts';
import { minus } from './numbers.ts';
import { table, type Column } from './table.ts';

/** Did frozen scores predict fine-tuned scores? */

function measured(title: string, of: (line: AgreementLine) => Measured, { digits = 2, scale = 1 } = {}): Column<AgreementLine> {
  const text = (value: number): string => minus((scale * value).toFixed(digits));
  return {
    title,
    numeric: true,
    value: (line) => of(line).value ?? Number.NaN,
    show: (line) => {
      const { value, low, high } = of(line);
      if (value === null) return '–';
      return low === null || high === null
        ? text(value)
        : el('span', {}, text(value), ' ', el('span', { class: 'muted' }, `${text(low)} – ${text(high)}`));
    },
  };
}

export function agreementTable(data: PageData): Child[] {
  if (data.agreement.length === 0) return [];
  return [
    table<AgreementLine>({
      caption:
        'Frozen scores against test scores of the same encoders after fine-tuning, with 95% intervals over encoders. ' +
        'Regret: score lost by picking the top-ranked encoder',
      rows: data.agreement,
      columns: [
        { title: 'Estimate', value: ({ estimate }) => estimate },
        measured('Weighted tau', ({ weightedTau }) => weightedTau),
        measured('Regret', ({ regret }) => regret),
        measured('Spearman', ({ spearman }) => spearman),
        measured('Top-1 correct, %', ({ hit }) => hit, { digits: 0, scale: 100 }),
        { title: 'Objective', value: ({ objective }) => objective, filter: true },
        {
          title: 'Dataset',
          value: ({ dataset }) => (dataset === undefined ? 'all' : datasetName(data, dataset)),
          show: ({ dataset }) => (dataset === undefined ? 'all' : foreign(datasetName(data, dataset))),
          filter: true,
        },
        { title: 'Encoders', numeric: true, value: ({ encoders }) => encoders },
      ],
    }),
  ];
}
