import { isList, type ParameterValue } from '../../parameter.ts'

/** The name of an integer's type, where a language has several. */
export type IntegerType = (value: bigint) => string

const oneInteger: IntegerType = () => 'integer'

/** Whether a list keeps its values as they are where all items must be of one type. */
export function isUniform(
  values: readonly ParameterValue[],
  integerType: IntegerType = oneInteger,
): boolean {
  return new Set(values.map((value) => typeOf(value, integerType))).size <= 1
}

function typeOf(value: ParameterValue, integerType: IntegerType): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return integerType(value)
  if (isList(value)) return `list of ${commonType(value, integerType)}`
  if (typeof value !== 'object') return typeof value
  return `map of ${commonType([...value.values()], integerType)}`
}

function commonType(values: readonly ParameterValue[], integerType: IntegerType): string {
  const [first] = values
  if (first === undefined) return 'nothing'
  return isUniform(values, integerType) ? typeOf(first, integerType) : 'anything'
}
