/**
 * What `work` makes of each item, in the order of the items, with at most `limit` under way at a time. Rejects with what the
 * first to fail rejects with; nothing more is begun then.
 */
export async function inParallel<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const left = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed) return;
      results[index] = await work(item);
    }
  };
  const begin = (): Promise<void> =>
    worker().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, begin));
  return results;
}
