/** Of longer patterns only this many characters are in the trie; the caller compares the rest. */
export const maxPatternLength = 256

// Looking up a global in each step is slow in modules that run in their own context (node:vm).
const { imul } = Math

/** The node before the first character. */
export const root = 0

/** A text to search for. */
export interface Pattern {
  readonly text: string
  /** Whether the base64 letter after it still encodes bits of the secret. */
  readonly endsWithinGroup: boolean
}

/**
 * The Aho-Corasick automaton (1975) over the first `maxPatternLength` characters of the patterns: a
 * trie in which each node has a fallback, the node of its longest proper suffix that is a prefix of
 * a pattern. Reading a text takes time linear in its length, independent of the patterns. Takes
 * about 24 bytes a node, and at most one node for each character of a pattern.
 */
export class AhoCorasick {
  readonly #parents: Int32Array
  readonly #characters: Uint16Array
  /** The node to go on from when no child fits. */
  readonly #fallbacks: Int32Array
  readonly #depths: Uint16Array
  readonly #hasChildren: Uint8Array
  readonly #maxEnds: Uint16Array
  readonly #withinGroups: Uint8Array
  readonly #cuts: Uint16Array
  /** All nodes by parent and character, in a hash table of open addressing. */
  readonly #table: Int32Array
  readonly #shift: number
  #size = 1

  /** `minCutOf`: from how many characters on a prefix of the pattern counts as a cut-off secret. */
  constructor(patterns: readonly Pattern[], minCutOf: (pattern: Pattern) => number) {
    const capacity = 1 + patterns.reduce((sum, pattern) => sum + lengthInTrie(pattern), 0)
    this.#parents = new Int32Array(capacity)
    this.#characters = new Uint16Array(capacity)
    this.#fallbacks = new Int32Array(capacity)
    this.#depths = new Uint16Array(capacity)
    this.#hasChildren = new Uint8Array(capacity)
    this.#maxEnds = new Uint16Array(capacity)
    this.#withinGroups = new Uint8Array(capacity)
    this.#cuts = new Uint16Array(capacity)
    const bits = Math.ceil(Math.log2(2 * capacity))
    this.#table = new Int32Array(2 ** bits)
    this.#shift = 32 - bits
    for (const pattern of patterns) this.#insert(pattern, minCutOf(pattern))
    this.#link()
  }

  /** The node after `from` and one more character (a UTF-16 code unit). */
  next(from: number, character: number): number {
    for (let node = from; node !== root; node = this.#fallbacks[node] ?? root) {
      const child = this.#childOf(node, character)
      if (child !== root) return child
    }
    return this.#childOf(root, character)
  }

  /** Length of the longest prefix of a pattern with which the text read so far ends. */
  depthOf(node: number): number {
    return this.#depths[node] ?? 0
  }

  /** Length of the longest whole pattern with which the text read so far ends; 0 for none. */
  maxEndAt(node: number): number {
    return this.#maxEnds[node] ?? 0
  }

  /** `endsWithinGroup` of that pattern. */
  endsWithinGroupAt(node: number): boolean {
    return this.#withinGroups[node] === 1
  }

  /** Length of the longest prefix of at least `minCutOf` with which the text ends; 0 for none. */
  maxCutAt(node: number): number {
    return this.#cuts[node] ?? 0
  }

  /** Length of the longest incomplete prefix of a pattern with which the text ends. */
  openLengthAt(node: number): number {
    let open = node
    while (open !== root && this.#hasChildren[open] === 0) open = this.#fallbacks[open] ?? root
    return this.depthOf(open)
  }

  #childOf(node: number, character: number): number {
    return this.#table[this.#slotOf(node, character)] ?? root
  }

  /** The slot of the child in the table, or the free slot for it. */
  #slotOf(node: number, character: number): number {
    const last = this.#table.length - 1
    const hash = imul(node, 0x9e3779b1) ^ imul(character + 1, 0x85ebca6b)
    let slot = imul(hash, 0xc2b2ae35) >>> this.#shift
    for (;;) {
      const child = this.#table[slot] ?? root
      if (child === root) return slot
      if (this.#parents[child] === node && this.#characters[child] === character) return slot
      slot = (slot + 1) & last
    }
  }

  #insert(pattern: Pattern, minCut: number): void {
    let node = root
    const { text, endsWithinGroup } = pattern
    const length = lengthInTrie(pattern)
    for (let depth = 1; depth <= length; depth += 1) {
      node = this.#childFor(node, text.charCodeAt(depth - 1))
      this.#depths[node] = depth
      if (depth >= minCut) this.#cuts[node] = depth
    }
    if (length < text.length) return
    this.#maxEnds[node] = length
    if (endsWithinGroup) this.#withinGroups[node] = 1
  }

  #childFor(node: number, character: number): number {
    const slot = this.#slotOf(node, character)
    const known = this.#table[slot] ?? root
    if (known !== root) return known
    const child = this.#size
    this.#size += 1
    this.#table[slot] = child
    this.#parents[child] = node
    this.#characters[child] = character
    this.#hasChildren[node] = 1
    return child
  }

  /** Sets fallbacks by depth, because a node's fallback is less deep and must be set first. */
  #link(): void {
    for (const node of this.#byDepth()) {
      const parent = this.#parents[node] ?? root
      if (parent !== root) this.#linkNode(node, parent)
    }
  }

  #linkNode(node: number, parent: number): void {
    const fallback = this.next(this.#fallbacks[parent] ?? root, this.#characters[node] ?? 0)
    this.#fallbacks[node] = fallback
    if (this.#maxEnds[node] === 0) {
      this.#maxEnds[node] = this.maxEndAt(fallback)
      this.#withinGroups[node] = this.#withinGroups[fallback] ?? 0
    }
    if (this.#cuts[node] === 0) this.#cuts[node] = this.maxCutAt(fallback)
  }

  /** All nodes except the root, by depth (counting sort). */
  #byDepth(): Int32Array {
    const starts = new Int32Array(maxPatternLength + 2)
    for (let node = 1; node < this.#size; node += 1) {
      const depth = this.depthOf(node)
      starts[depth + 1] = (starts[depth + 1] ?? 0) + 1
    }
    for (let depth = 1; depth < starts.length; depth += 1) {
      starts[depth] = (starts[depth] ?? 0) + (starts[depth - 1] ?? 0)
    }
    const sorted = new Int32Array(this.#size - 1)
    for (let node = 1; node < this.#size; node += 1) {
      const depth = this.depthOf(node)
      const place = starts[depth] ?? 0
      sorted[place] = node
      starts[depth] = place + 1
    }
    return sorted
  }
}

function lengthInTrie({ text }: Pattern): number {
  return Math.min(text.length, maxPatternLength)
}
