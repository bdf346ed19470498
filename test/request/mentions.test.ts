import { expect, test } from '@jest/globals'
import { mentions } from '../../src/request/mentions.ts'

test.each([
  [['h', '/a.ipynb', '--json'], true],
  [['--json', '--nonsense'], true],
  [['h', '/a.ipynb'], false],
  [['h', '/a.ipynb', '--jsonx'], false],
  [['h', '/a.ipynb', '--', '--json'], false],
])('mentions() looks for the flag before "--": %j', (words, found) => {
  expect(mentions(words, '--json')).toBe(found)
})
