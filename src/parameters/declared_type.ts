/** What a value is, whatever language will get it. */
export type ValueKind = 'text' | 'integer' | 'float' | 'boolean' | 'none' | 'list' | 'map'

interface KnownType {
  readonly names: readonly string[]
  readonly kinds: readonly ValueKind[]
  /** How the type is called in a message. */
  readonly called: string
}

/** Types of which it is certain what they take. Text is none of them: a number may stand for text. */
const knownTypes: readonly KnownType[] = [
  { names: ['int', 'integer', 'int32', 'int64'], kinds: ['integer'], called: 'an integer' },
  {
    names: ['float', 'double', 'float64', 'number'],
    kinds: ['integer', 'float'],
    called: 'a number',
  },
  { names: ['bool', 'boolean'], kinds: ['boolean'], called: 'True or False' },
]

const noneNames = new Set(['none', 'null', 'nothing'])

/**
 * What a parameter of this declared type takes, for a message: "an integer (int)"; null when `kind`
 * fits, or nothing is known about the type, as of a class or a generic.
 */
export function expectedInstead(kind: ValueKind, type: string | null): string | null {
  if (type === null) return null
  const names = alternatives(type)
  const known = names.map((name) => {
    if (noneNames.has(name)) return { kinds: ['none'], called: 'None' }
    return knownTypes.find((each) => each.names.includes(name))
  })
  const fits = known.some((each) => each === undefined || each.kinds.some((one) => one === kind))
  if (fits) return null
  return `${known.map((each) => each?.called).join(' or ')} (${type.trim()})`
}

/** "int | None" and "Optional[int]" are two alternatives. */
function alternatives(type: string): readonly string[] {
  const [, optional] = /^(?:typing\.)?optional\[(.+)\]$/i.exec(type.trim()) ?? []
  const all = optional === undefined ? type : `${optional}|None`
  return all.split('|').map((name) => name.trim().toLowerCase())
}
