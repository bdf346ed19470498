import { describe, expect, test } from '@jest/globals'
import { lookalikeReason } from '../../src/util/lookalikes.ts'

describe('lookalikeReason()', () => {
  test.each([
    ['“/echo.ipynb”', 'it contains U+201C (left double quotation mark), not "; type "'],
    ['/it’s.ipynb', "it contains U+2019 (right single quotation mark), not '; type '"],
    ['–json', 'it contains U+2013 (en dash), not --; type --'],
    ['host：8888', 'it contains U+FF1A (fullwidth colon), not :; type :'],
    ['/my\u00a0report.ipynb', 'it contains U+00A0 (no-break space), which only looks like a space'],
    ['/\u200bdaily.ipynb', 'it contains U+200B (zero width space), which cannot be seen; leave'],
    ['\ufeffhost', 'it contains U+FEFF (byte order mark), which cannot be seen; leave it out'],
    ['/\u202ebpyni.a', 'it contains U+202E (right-to-left override), which cannot be seen'],
  ])('names what is in %j', (text, reason) => {
    expect(lookalikeReason(text)).toContain(reason)
  })

  test.each(['', '/daily.ipynb', '--timeout', '/größe 日本 🙂.ipynb', `"it's" a-b:c`])(
    'finds nothing in %j',
    (text) => {
      expect(lookalikeReason(text)).toBeNull()
    },
  )
})
