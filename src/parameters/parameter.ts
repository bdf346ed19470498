/** A parameter's value: integers are bigint and floats number, so that 1 and 1.0 stay apart. */
export type ParameterValue =
  null | boolean | bigint | number | string | readonly ParameterValue[] | ParameterMap

/** In the order in which they were given. */
export type ParameterMap = ReadonlyMap<string, ParameterValue>

/** A value that the kernel gets and no output shows. */
export interface Secret {
  readonly name: string
  readonly value: string
}

export function isList(value: unknown): value is readonly ParameterValue[] {
  return Array.isArray(value)
}

/** A float as Python prints it: "1.0", "1e+16", "nan", "-inf". */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (size === Infinity) return `${sign}inf`
  const [digits = '', exponent = ''] = size.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) {
    const shown = String(Math.abs(power)).padStart(2, '0')
    return `${sign}${digits}e${power < 0 ? '-' : '+'}${shown}`
  }
  const text = String(size)
  return sign + (text.includes('.') ? text : `${text}.0`)
}

/** A parameter of a notebook, as its `parameters` cell declares it. */
export interface NotebookParameter {
  readonly name: string
  /** null where the cell does not declare one. */
  readonly type: string | null
  /** As source text. */
  readonly default: string
  /** The comment after it; empty where there is none. */
  readonly help: string
}

/** A parameter of a run, as it is shown and recorded. */
export interface ShownParameter {
  readonly name: string
  /** What a field of the page takes for this value: as for `-p`, JSON for lists and maps. */
  readonly text: string
  /** False when a part was masked or cut, so that another run cannot get the same value. */
  readonly isComplete: boolean
}
