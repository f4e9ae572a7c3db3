/**
 * What `work` gives, after `endings` one by one, which are done whatever became of it. Throws the first failure: one of an ending must not
 * hide why the work ended.
 */
export async function firstFailure<T>(work: () => Promise<T>, endings: readonly (() => Promise<unknown>)[]): Promise<T> {
  const failures: unknown[] = [];
  const result = await work().catch((error: unknown) => void failures.push(error));
  for (const ending of endings) await ending().catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
  return result as T;
}
