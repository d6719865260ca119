/**
 * Measurements that a machine may spoil which others use as well.
 * @module
 */

/** What `measure` gave first that `isGood`, or the last of so many tries. */
export async function upTo<T>(tries: number, measure: () => Promise<T>, isGood: (result: T) => boolean): Promise<T> {
  let result = await measure();
  for (let left = tries - 1; left > 0 && !isGood(result); left -= 1) result = await measure();
  return result;
}
