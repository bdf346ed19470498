import { describe, expect, test } from '@jest/globals'
import { typedValue } from '../../src/request/typing.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

describe('typedValue()', () => {
  test.each([
    ['True', true],
    ['False', false],
    ['None', null],
    ['true', 'true'],
    ['null', 'null'],
    ['', ''],
    ['abc', 'abc'],
    ['1', 1n],
    ['007', 7n],
    ['-0', 0n],
    ['+5', 5n],
    [' 10 ', 10n],
    ['\u00a010\u0085', 10n],
    ['\ufeff10', '\ufeff10'],
    ['1_000', 1000n],
    ['1__000', '1__000'],
    ['_1', '_1'],
    ['1_', '1_'],
    ['9007199254740993', 9007199254740993n],
    ['-123456789012345678901234567890', -123456789012345678901234567890n],
    ['١٢', 12n],
    ['１２', 12n],
    ['𝟙𝟚', 12n],
    ['²', '²'],
    ['1.0', 1],
    ['1.', 1],
    ['.5', 0.5],
    ['.', '.'],
    ['1e5', 1e5],
    ['1E-7', 1e-7],
    ['1e1_0', 1e10],
    ['1_0.0_1', 10.01],
    ['1._0', '1._0'],
    ['1e999', Infinity],
    ['-0.0', -0],
    ['nan', NaN],
    ['-NaN', NaN],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    [' +inf', Infinity],
    ['infinite', 'infinite'],
    ['0x10', '0x10'],
    ['1 2', '1 2'],
    ['1,5', '1,5'],
    ['2026-01-01', '2026-01-01'],
  ])('reads %j as Python does: %p', (text, value) => {
    expect(typedValue(text)).toBe(value)
  })

  test('refuses an integer with more digits than Python allows', () => {
    expect(typedValue('9'.repeat(4300))).toBe(BigInt('9'.repeat(4300)))
    expect(() => typedValue('9'.repeat(4301))).toThrow(/4301 digits, and the maximum is 4300/)
  })

  test('takes linear time for long text', () => {
    for (const part of ['1', '1_', '_', '.', 'e', '+', ' ', '٣']) {
      const textOf = (size: number) => `${part.repeat(size)}x`
      expect(typedValue(textOf(4000))).toBe(textOf(4000))
      expect(scalingOf((size) => typedValue(textOf(size)))).toBeLessThan(maxLinearScaling)
    }
  })
})
