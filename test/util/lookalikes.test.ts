import { describe, expect, test } from '@jest/globals'
import { lookalikeReason } from '../../src/util/lookalikes.ts'

describe('lookalikeReason()', () => {
  test.each([
    {
      text: '“/echo.ipynb”',
      what: 'it contains U+201C (left double quotation mark), not "',
      advice: 'type "',
    },
    {
      text: '/it’s.ipynb',
      what: "it contains U+2019 (right single quotation mark), not '",
      advice: "type '",
    },
    { text: '–json', what: 'it contains U+2013 (en dash), not --', advice: 'type --' },
    { text: 'host：8888', what: 'it contains U+FF1A (fullwidth colon), not :', advice: 'type :' },
    {
      text: '/my\u00a0report.ipynb',
      what: 'it contains U+00A0 (no-break space), which only looks like a space',
      advice: 'type a space',
    },
    {
      text: '/\u200bdaily.ipynb',
      what: 'it contains U+200B (zero width space), which cannot be seen',
      advice: 'leave it out',
    },
    {
      text: '\ufeffhost',
      what: 'it contains U+FEFF (byte order mark), which cannot be seen',
      advice: 'leave it out',
    },
    {
      text: '/\u202ebpyni.a',
      what: 'it contains U+202E (right-to-left override), which cannot be seen',
      advice: 'leave it out',
    },
  ])('names what is in $text', ({ text, ...reason }) => {
    expect(lookalikeReason(text)).toEqual(reason)
  })

  test.each(['', '/daily.ipynb', '--timeout', '/größe 日本 🙂.ipynb', `"it's" a-b:c`])(
    'finds nothing in %j',
    (text) => {
      expect(lookalikeReason(text)).toBeNull()
    },
  )
})
