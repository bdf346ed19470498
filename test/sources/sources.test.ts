import { describe, expect, test } from '@jest/globals'
import { parseSource } from '../../src/sources/sources.ts'
import { refusalOf } from '../request/refusal_of.ts'

describe('parseSource()', () => {
  test.each([
    ['a.ipynb', '/a.ipynb'],
    ['/a.ipynb', '/a.ipynb'],
    ['//a///b.ipynb/', '/a/b.ipynb'],
    ['/my report #1?.ipynb', '/my report #1?.ipynb'],
    ['/größe/日本.ipynb', '/größe/日本.ipynb'],
    ['/%2e%2e/a.ipynb', '/%2e%2e/a.ipynb'],
    ['/.hidden/..a.ipynb', '/.hidden/..a.ipynb'],
    ['/__proto__', '/__proto__'],
  ])('reads %j as %j', (text, path) => {
    const source = parseSource(text)
    expect(source.describe()).toBe(path)
    expect(source.workingDirectory).toBe(path.slice(1))
  })

  test.each([
    ['', 'it names no file'],
    ['///', 'it names no file'],
    ['/../kernels', 'it contains ".."'],
    ['a/./b.ipynb', 'it contains "."'],
    ['..', 'it contains ".."'],
    ['/a\0.ipynb', 'it contains a control character'],
    ['/a\r\nb.ipynb', 'it contains a control character'],
    ['/a\u0085.ipynb', 'it contains a control character'],
    ['/a\udc00.ipynb', 'it contains a control character'],
    ['http://u:s3cret@host/a.ipynb?token=s3cret', '"…@host/a.ipynb…": it is a URL'],
  ])('refuses %j', (text, reason) => {
    const refusal = refusalOf(() => parseSource(text))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID: Cannot use the notebook path "/)
    expect(refusal).toContain(reason)
    expect(refusal).not.toContain('s3cret')
  })
})
