import { describe, expect, test } from '@jest/globals'
import { expectedInstead, type ValueKind } from '../../src/parameters/declared_type.ts'

describe('expectedInstead()', () => {
  test.each<{ type: string; kinds: readonly ValueKind[] }>([
    { type: 'int', kinds: ['integer'] },
    { type: 'float', kinds: ['integer', 'float'] },
    { type: 'bool', kinds: ['boolean'] },
    { type: 'int | None', kinds: ['integer', 'none'] },
    { type: 'Optional[float]', kinds: ['integer', 'float', 'none'] },
  ])('lets a parameter of the type $type take $kinds alone', ({ type, kinds }) => {
    const all = ['text', 'integer', 'float', 'boolean', 'none', 'list', 'map'] as const
    expect(all.filter((kind) => expectedInstead(kind, type) === null)).toEqual(kinds)
  })

  test.each([null, 'str', 'list[int]', 'Path', 'int | Path', 'Literal["a"]'])(
    'lets a parameter of the type %s take anything',
    (type) => expect(expectedInstead('text', type)).toBeNull(),
  )

  test.each([
    { type: 'int', expected: 'an integer (int)' },
    { type: 'float', expected: 'a number (float)' },
    { type: 'bool | None', expected: 'True or False or None (bool | None)' },
  ])('says what $type takes', ({ type, expected }) => {
    expect(expectedInstead('text', type)).toBe(expected)
  })
})
