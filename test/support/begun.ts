/** Lets work go on beside other work; whoever awaits it later gets its result or its error. */
export function begun<Result>(work: Promise<Result>): Promise<Result> {
  work.catch(() => undefined)
  return work
}
