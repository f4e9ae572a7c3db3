/**
 * Returns the result of `work`, after running all `endings` one by one, whether it failed or not. Throws the first failure: that of an
 * ending must not hide why the work failed.
 */
export async function firstFailure<T>(work: () => Promise<T>, endings: readonly (() => Promise<unknown>)[]): Promise<T> {
  const failures: unknown[] = [];
  const result = await work().catch((error: unknown) => void failures.push(error));
  for (const ending of endings) await ending().catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
  return result as T;
}
