/** Python's own limit is some 1000 calls, of which a Jupyter Server uses several a level. */
export const mostNotebookLevels = 300

/** In a notebook it is nested deeper by some levels. */
export const mostMessageLevels = 250

/** Whether JSON nests deeper than that, and so too deep for a Jupyter Server to store it. */
export function isDeeperThan(most: number, value: unknown): boolean {
  let level = [value].filter(isTree)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === most) return true
    level = level.flatMap((tree) => Object.values(tree).filter(isTree))
  }
  return false
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
