export interface Child {
  readonly name: string | number
  readonly child: unknown
}

export function* childrenOf(tree: object): Generator<Child> {
  if (Array.isArray(tree)) {
    for (const [name, child] of tree.entries()) yield { name, child }
    return
  }
  const children: Record<string, unknown> = { ...tree }
  for (const name of Object.keys(children)) yield { name, child: children[name] }
}

/** What `tree` is, a list or an object, of other children. */
export function rebuilt(tree: object, children: readonly Child[]): object {
  if (Array.isArray(tree)) return children.map(({ child }) => child)
  return Object.fromEntries(children.map(({ name, child }) => [name, child]))
}

export function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** `result.data["text/plain"]`, `error.traceback[3]`. */
export function pathTo(name: string | number, path: string): string {
  if (typeof name === 'number') return `${path}[${name}]`
  if (!/^\w+$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
