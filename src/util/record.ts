/** A JSON object: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A property of a value of unknown type; undefined when it has none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** A property that is a string; null when there is none, or it is empty. */
export function textOf(value: unknown, name: string): string | null {
  const text = field(value, name)
  return typeof text === 'string' && text !== '' ? text : null
}
