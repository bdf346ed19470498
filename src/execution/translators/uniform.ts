import { isList, type ParameterValue } from '../../parameter.ts'

/** Whether a list keeps its values as they are where all items must be of one type. */
export function isUniform(values: readonly ParameterValue[]): boolean {
  return new Set(values.map(typeOf)).size <= 1
}

function typeOf(value: ParameterValue): string {
  if (value === null) return 'null'
  if (isList(value)) return `list of ${commonType(value)}`
  if (typeof value === 'object') return `map of ${commonType([...value.values()])}`
  return typeof value
}

function commonType(values: readonly ParameterValue[]): string {
  const [first] = values
  if (first === undefined) return 'nothing'
  return isUniform(values) ? typeOf(first) : 'anything'
}
