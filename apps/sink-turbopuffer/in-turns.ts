/** All of them, at most so many at once; the first failure is thrown when the others have ended. */
export async function inTurns<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const hand = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, hand))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}
