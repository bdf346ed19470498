import { nameSize, sizeOf, startOf } from './json_size.ts'
import { childrenOf, isTree, pathTo, rebuilt, type Child } from './json_tree.ts'

export interface Shrunk {
  readonly value: object
  /** The paths of what was shortened: `result.data["text/plain"]`. */
  readonly cut: readonly string[]
}

interface Place {
  readonly path: string
  readonly maxBytes: number
  readonly cut: string[]
}

/** What nests deeper is of no use in a log entry, and too deep for those who read it. */
const maxDepth = 30

const ellipsis = '…'

/** JSON data in at most `maxBytes`: of what stands side by side, the longest is shortened first. */
export function shrink(tree: object, maxBytes: number): Shrunk {
  const place = { path: '', maxBytes, cut: [] }
  const flat = flatTree(tree, place, maxDepth)
  return { value: sizeOf(flat, maxBytes) <= maxBytes ? flat : fitTree(flat, place), cut: place.cut }
}

function flatTree(tree: object, place: Place, depth: number): object {
  if (!isDeeperThan(depth, tree)) return tree
  const children = Array.from(childrenOf(tree), ({ name, child }) => {
    const childPlace = { ...place, path: pathTo(name, place.path) }
    return { name, child: isTree(child) ? flatChild(child, childPlace, depth - 1) : child }
  })
  return rebuilt(tree, children)
}

function flatChild(tree: object, place: Place, depth: number): unknown {
  if (depth > 0) return flatTree(tree, place, depth)
  place.cut.push(place.path)
  return ellipsis
}

function isDeeperThan(depth: number, value: unknown): boolean {
  if (!isTree(value)) return false
  return depth === 0 || Object.values(value).some((child) => isDeeperThan(depth - 1, child))
}

function fit(value: unknown, place: Place): unknown {
  if (sizeOf(value, place.maxBytes) <= place.maxBytes) return value
  if (isTree(value)) return fitTree(value, place)
  place.cut.push(place.path)
  if (typeof value !== 'string') return null
  return startOf(value, place.maxBytes - Buffer.byteLength(ellipsis)) + ellipsis
}

function fitTree(tree: object, place: Place): object {
  const room = place.maxBytes - '{}'.length
  const kept = childrenThatFit(tree, room)
  if (kept.length < Object.keys(tree).length) place.cut.push(place.path)
  const share = fairShare(
    kept.map((child) => child.bytes),
    kept.reduce((left, child) => left - child.nameBytes, room),
  )
  const fitted = kept.map(({ name, child }) => ({
    name,
    child: fit(child, { ...place, maxBytes: share, path: pathTo(name, place.path) }),
  }))
  return rebuilt(tree, fitted)
}

interface MeasuredChild extends Child {
  readonly nameBytes: number
  readonly bytes: number
}

/** Room enough for any number, and for a text to be told by its beginning. */
const leastBytes = 32

/** As many as have room for their names and for the least that can be said of each. */
function childrenThatFit(tree: object, maxBytes: number): readonly MeasuredChild[] {
  const fitting: MeasuredChild[] = []
  let taken = 0
  for (const { name, child } of childrenOf(tree)) {
    const nameBytes = nameSize(name)
    const bytes = sizeOf(child, maxBytes)
    taken += nameBytes + Math.min(bytes, leastBytes)
    if (taken > maxBytes) break
    fitting.push({ name, child, nameBytes, bytes })
  }
  return fitting
}

/** The size to which the larger ones must come down so that all together take `maxBytes`. */
function fairShare(sizes: readonly number[], maxBytes: number): number {
  let left = maxBytes
  for (const [index, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - index))
    if (size > share) return share
    left -= size
  }
  return maxBytes
}
