import { isOneValue, jsonFileRows } from '../json-file.ts';
import { tableReader, type TableRows } from '../table.ts';
import { openText } from '../text-source.ts';
import { jsonlRows } from './jsonl.ts';

/** A table as a single JSON value: a list of objects, or what pandas writes. JSON lines in such a file are read as such, and reported. */
export const jsonRows: TableRows = async function* (params) {
  const { file, encoding, find = () => {} } = params;
  const source = await openText({ path: file.path, name: file.name, encoding }, find);
  if (isOneValue(source, 'json') || !/^\s*\{/.test(source.head)) yield* jsonFileRows(source, params);
  else {
    find('Read as JSON lines (one object per line).');
    yield* jsonlRows({ ...params, find: undefined });
  }
};

export const json = tableReader(jsonRows);
