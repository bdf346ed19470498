/** Lets work go on beside other work; its result or its error comes where it is awaited later. */
export function inBackground<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined)
  return work
}
