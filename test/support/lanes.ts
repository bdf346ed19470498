/** Does the work for every item, `count` of them at a time, in order; each has its own promise. */
export function inLanes<Item, Result>(
  items: readonly Item[],
  count: number,
  work: (item: Item) => Promise<Result>,
): ReadonlyMap<Item, Promise<Result>> {
  const started: Promise<Result>[] = []
  const results = new Map<Item, Promise<Result>>()
  for (const [place, item] of items.entries()) {
    // An item waits for the lane's one before it, however that ended; its own end is its own.
    const before = started[place - count] ?? Promise.resolve()
    const result = before.then(
      () => work(item),
      () => work(item),
    )
    result.catch(() => undefined) // it is thrown where the promise is awaited
    started.push(result)
    results.set(item, result)
  }
  return results
}
