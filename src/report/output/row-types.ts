import { KINDS, type Column, type Table } from '../../results/kinds.ts';
import { TABLES } from './tables.ts';

/** Rows as TypeScript interfaces, for programs: they import from no room. */

/** src/api/rows.ts. */
export function rowTypes(): string {
  return [
    '// Made from src/report/output/tables.ts by `npm run schemas`.',
    '',
    interfaceText('ResultRow', 'A score of one vector of an encoder, frozen or trained: the columns of results.csv.', TABLES.run),
    interfaceText('RankedRow', 'An encoder of a ranking, by its best pooling.', TABLES.rank),
    interfaceText('ChoiceRow', 'A training of a race; a candidate that was not trained has a row of its own.', TABLES.choose),
  ].join('\n');
}

function interfaceText(name: string, about: string, table: Table): string {
  const fields = Object.entries(table).map(([field, column]) => `  /** ${aboutOf(column)} */\n  readonly ${field}: ${typeOf(column)};\n`);
  return `/** ${about} Null: it does not apply. */\nexport interface ${name} {\n${fields.join('')}}\n`;
}

function aboutOf({ about, kind }: Column): string {
  const text = `${about.charAt(0).toUpperCase()}${about.slice(1).replace('empty:', 'null:')}`;
  const unit = kind === 'percent' || kind === 'fraction' ? ` (${KINDS[kind].title})` : '';
  return `${text}${unit}.`;
}

function typeOf({ kind, empty = false }: Column): string {
  return `${valueOf(kind)}${empty ? ' | null' : ''}`;
}

function valueOf(kind: Column['kind']): string {
  switch (kind) {
    case 'count':
    case 'number':
    case 'percent':
    case 'points':
    case 'fraction':
      return 'number';
    case 'counts':
      return 'number | readonly number[]';
    case 'flag':
      return 'boolean';
    case 'names':
      return 'readonly string[]';
    case 'list':
      return 'readonly unknown[]';
    case 'name':
    case 'text':
    case 'time':
      return 'string';
    default:
      return kind satisfies never;
  }
}
