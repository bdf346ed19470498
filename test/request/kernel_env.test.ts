import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readKernelEnv } from '../../src/request/kernel_env.ts'
import { errorTextOf } from './error_text_of.ts'

function variables(...texts: readonly string[]): ReadonlyMap<string, string> {
  return readKernelEnv(parseArgv(texts.flatMap((text) => ['--kernel-env', text])))
}

describe('readKernelEnv()', () => {
  test('reads names and values, which may be empty and hold anything', () => {
    expect(variables('KERNEL_A=', '_b=x=y z')).toEqual(
      new Map([
        ['KERNEL_A', ''],
        ['_b', 'x=y z'],
      ]),
    )
  })

  test.each([
    { name: 'no value', texts: ['A'], said: '"A" as --kernel-env: it is not NAME=VALUE' },
    { name: 'a name that is none', texts: ['1A=x'], said: 'it is not NAME=VALUE' },
    { name: 'a variable given twice', texts: ['A=x', 'A=y'], said: 'it is given twice' },
    { name: "the kernel's id", texts: ['KERNEL_ID=x'], said: 'the run chooses it' },
  ])('refuses $name, and does not show values', ({ texts, said }) => {
    const errorText = errorTextOf(() => variables(...texts))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: /)
    expect(errorText).toContain(said)
    expect(errorText).not.toContain('=x')
  })
})
