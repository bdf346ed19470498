import { describe, expect, test } from '@jest/globals'
import { closestString } from '../../src/util/closest_string.ts'

const flags = ['--use-https', '--verbose', '--timeout', '--kernel', '--kernel-id', '-k']

describe('closestString()', () => {
  test.each([
    ['--use-http', '--use-https'],
    ['--usehttps', '--use-https'],
    ['--VERBOSE', '--verbose'],
    ['--verbsoe', '--verbose'],
    ['--kernelid', '--kernel-id'],
    ['--kernels', '--kernel'],
    ['—timeout', '--timeout'],
    ['–k', '-k'],
    ['-x', null],
    ['--', null],
    ['--frobnicate', null],
    ['--timetable', null],
  ])('finds for %j the flag %j', (text, flag) => {
    expect(closestString(text, flags)).toBe(flag)
  })

  test('returns null for a very long text', () => {
    expect(closestString(`--${'verbose'.repeat(1_000_000)}`, flags)).toBe(null)
  })

  test('compares no long texts, of which one close to another would take minutes', () => {
    const long = 'x'.repeat(400_000)
    expect(closestString(long, [`${long}y`])).toBe(null)
    const name = 'x'.repeat(200)
    expect(closestString(name, [`${name}y`])).toBe(`${name}y`)
  })
})
