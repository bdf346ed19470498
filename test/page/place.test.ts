import { describe, expect, test } from '@jest/globals'
import { hashOf, type Place, readPlace } from '../../src/page/place.ts'

const texts = new Map([
  ['limit', '10'],
  ['name & co', 'a=b ?#%'],
])

describe('readPlace()', () => {
  test.each<Place>([
    { type: 'folder', path: '/' },
    { type: 'folder', path: '/my reports/2026?' },
    { type: 'notebook', path: '/a.ipynb', texts: new Map() },
    { type: 'notebook', path: '/my reports/100 % #1?.ipynb', texts },
  ])('reads what hashOf() wrote: $path', (place) => {
    expect(readPlace(hashOf(place))).toEqual(place)
  })

  test.each([
    ['', '/'],
    ['#', '/'],
    ['#/../..//', '/'],
    ['#/a/./b/', '/a/b'],
    ['#/100%/', '/100%'],
  ])('reads %j as the folder %s', (hash, path) => {
    expect(readPlace(hash)).toEqual({ type: 'folder', path })
  })
})
