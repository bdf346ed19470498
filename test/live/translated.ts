import { isList, type ParameterMap, type ParameterValue } from '../../src/parameters/parameter.ts'

/** A language of a live kernel: how it shows its values so that none is mistaken for another. */
export interface ShowingLanguage {
  readonly kernelName: string
  readonly language: string
  /** Source that defines `show`. */
  readonly definition: string
  /** Source that prints what `show` makes of each name, one a line. */
  readonly print: (names: readonly string[]) => string
  /** What `show` has to print. */
  readonly expected: (value: ParameterValue) => string
}

const pythonDefinition = `
import struct
def show(v):
    if v is None: return 'z'
    if v is True or v is False: return 't' if v else 'f'
    if isinstance(v, int): return 'i%d' % v
    if isinstance(v, float): return 'nan' if v != v else 'd' + struct.pack('>d', v).hex()
    if isinstance(v, str): return 's' + v.encode().hex()
    if isinstance(v, list): return '[%s]' % ','.join(map(show, v))
    return '{%s}' % ','.join(sorted(k.encode().hex() + ':' + show(x) for k, x in v.items()))`

const rDefinition = `
hex <- function(raw) paste(as.character(raw), collapse = "")
show <- function(v) {
  if (is.null(v)) return("z")
  if (is.list(v) && is.null(names(v)))
    return(paste0("[", paste(vapply(v, show, ""), collapse = ","), "]"))
  if (is.list(v)) {
    keys <- vapply(names(v), function(k) hex(charToRaw(enc2utf8(k))), "")
    items <- paste0(keys, ":", vapply(v, show, ""))
    return(paste0("{", paste(sort(items, method = "radix"), collapse = ","), "}"))
  }
  if (is.logical(v)) return(if (v) "t" else "f")
  if (is.character(v)) return(paste0("s", hex(charToRaw(enc2utf8(v)))))
  if (is.nan(v)) "nan" else paste0("d", hex(writeBin(v, raw(), endian = "big")))
}`

const denoDefinition = `
const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const text = (value: string) => hex(new TextEncoder().encode(value))
const float = (value: number) => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return Number.isNaN(value) ? 'nan' : 'd' + hex(new Uint8Array(view.buffer))
}
const show = (v: any): string => {
  if (v === null) return 'z'
  if (Array.isArray(v)) return '[' + v.map(show).join(',') + ']'
  if (typeof v === 'boolean') return v ? 't' : 'f'
  if (typeof v === 'bigint') return 'i' + v
  if (typeof v === 'number') return float(v)
  if (typeof v === 'string') return 's' + text(v)
  return '{' + Object.entries(v).map(([k, x]) => text(k) + ':' + show(x)).sort().join(',') + '}'
}`

export const pythonKernel: ShowingLanguage = {
  kernelName: 'python3',
  language: 'python',
  definition: pythonDefinition,
  print: (names) => `print('\\n'.join(map(show, [${names.join(', ')}])))`,
  expected: (value) => shown(value, { integer: (whole) => `i${whole}`, emptyMap: '{}' }),
}

/** All numbers of R are doubles, and an empty list has no names. */
export const rKernel: ShowingLanguage = {
  kernelName: 'ir',
  language: 'R',
  definition: rDefinition,
  print: (names) => `cat(vapply(list(${names.join(', ')}), show, ""), sep = "\\n")`,
  expected: (value) => shown(value, { integer: (whole) => float(Number(whole)), emptyMap: '[]' }),
}

/** Integers that a number of JavaScript holds are numbers. */
export const denoKernel: ShowingLanguage = {
  kernelName: 'deno',
  language: 'typescript',
  definition: denoDefinition,
  print: (names) => `console.log([${names.join(', ')}].map(show).join('\\n'))`,
  expected: (value) =>
    shown(value, {
      integer: (whole) =>
        Number.isSafeInteger(Number(whole)) ? float(Number(whole)) : `i${whole}`,
      emptyMap: '{}',
    }),
}

interface Rules {
  readonly integer: (value: bigint) => string
  readonly emptyMap: string
}

function shown(value: ParameterValue, rules: Rules): string {
  if (value === null) return 'z'
  if (isList(value)) return `[${value.map((item) => shown(item, rules)).join(',')}]`
  if (typeof value === 'object') return shownMap(value, rules)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'bigint') return rules.integer(value)
  return typeof value === 'number' ? float(value) : `s${hex(value)}`
}

function shownMap(map: ParameterMap, rules: Rules): string {
  const items = Array.from(map, ([key, value]) => `${hex(key)}:${shown(value, rules)}`)
  return items.length === 0 ? rules.emptyMap : `{${items.toSorted().join(',')}}`
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

function float(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return Number.isNaN(value) ? 'nan' : `d${bytes.toString('hex')}`
}
