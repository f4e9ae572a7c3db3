import type { DataCheck } from '../datasets/check.ts';
import type { DataRecord } from '../results/run-record.ts';
import { dataFindings } from './data-check.ts';

/** What run.json stores of a data check. */
export function recordOfCheck(check: DataCheck): DataRecord {
  const { dataset, sample, texts, splits, empty, duplicates, leaks } = check;
  return {
    dataset,
    sample,
    texts,
    splits,
    empty,
    duplicates: duplicates.rows,
    conflicting: duplicates.conflicting,
    testInTrain: leaks.testInTrain,
    devInTrain: leaks.devInTrain,
    testInDev: leaks.testInDev,
    findings: dataFindings(check),
  };
}
