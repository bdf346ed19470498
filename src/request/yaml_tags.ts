import type { ScalarTag } from 'yaml'
import { maxDigits, readInteger } from './typing.ts'

/**
 * What PyYAML makes of plain scalars, by YAML 1.1 with its own exceptions: "1e5" and "y" are text,
 * and so are dates.
 */
export const yamlTags: readonly ScalarTag[] = [
  tag('null', /^(?:~|null|Null|NULL|)$/, () => null),
  tag('bool', /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, () => true),
  tag('bool', /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, () => false),
  tag('int', /^[-+]?0b[01_]+$/, (text) => based(text, '0b')),
  tag('int', /^[-+]?0[0-7_]+$/, (text) => based(text, '0o')),
  tag('int', /^[-+]?0x[\da-fA-F_]+$/, (text) => based(text, '0x')),
  tag('int', /^[-+]?(?:0|[1-9][\d_]*)$/, (text) => readInteger(text)),
  tag('int', /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/, sexagesimal),
  tag('float', /^(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/, decimal),
  tag('float', /^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/, sexagesimalFloat),
  tag('float', /^[-+]?\.(?:inf|Inf|INF)$/, (text) => (text[0] === '-' ? -Infinity : Infinity)),
  tag('float', /^\.(?:nan|NaN|NAN)$/, () => NaN),
]

function tag(kind: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag {
  return { tag: `tag:yaml.org,2002:${kind}`, default: true, test, resolve }
}

/** An integer takes as much time as the square of its length: one that is too long is not read. */
function based(text: string, prefix: keyof typeof bitsOfDigit): bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]?0[bx]?/, '')
  refuseTooLong(digits.length * bitsOfDigit[prefix] * Math.log10(2))
  const value = BigInt(prefix + (digits || '0'))
  return text.startsWith('-') ? -value : value
}

const bitsOfDigit = { '0b': 1, '0o': 3, '0x': 4 } as const

function refuseTooLong(decimalDigits: number): void {
  if (decimalDigits <= maxDigits) return
  const count = Math.ceil(decimalDigits)
  throw new Error(`an integer has about ${count} digits, and ${maxDigits} are the most`)
}

function decimal(text: string): number {
  return Number(text.replaceAll('_', ''))
}

/** "1:30" is 90. */
function sexagesimal(text: string): bigint {
  const parts = text.replace(/^[-+]/, '').split(':')
  const [first = ''] = parts
  refuseTooLong(first.length + (parts.length - 1) * Math.log10(60))
  const value = parts.reduce((sum, part) => sum * 60n + readInteger(part), 0n)
  return text.startsWith('-') ? -value : value
}

function sexagesimalFloat(text: string): number {
  const parts = text.replace(/^[-+]/, '').split(':').map(decimal)
  const value = parts.reduce((sum, part) => sum * 60 + part, 0)
  return text.startsWith('-') ? -value : value
}
