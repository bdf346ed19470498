import { describe, expect, test } from '@jest/globals'
import { unreadSources } from '../../src/sources/source.ts'
import { parseSource } from '../../src/sources/sources.ts'
import { errorTextOf } from '../request/error_text_of.ts'

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
    expect(source.isOnServer).toBe(true)
  })

  test.each([
    { text: '-', address: '-', name: 'stdin' },
    { text: 'file:a b.ipynb', address: 'file:/home/ann/a b.ipynb', name: 'a b' },
    { text: 'FILE:/a.ipynb', address: 'file:/a.ipynb', name: 'a' },
    { text: 'file:///a/b.json', address: 'file:/a/b.json', name: 'b.json' },
    { text: './a.ipynb', address: 'file:/home/ann/a.ipynb', name: 'a' },
    { text: '../a.ipynb', address: 'file:/home/a.ipynb', name: 'a' },
  ])('reads $text as $address', ({ text, address, name }) => {
    const context = { ...unreadSources, folder: '/home/ann' }
    const source = parseSource(text, context)
    const { workingDirectory, ownDestination, isOnServer } = source
    const facts = { name: source.name, workingDirectory, ownDestination, isOnServer }
    expect(source.describe()).toBe(address)
    expect(facts).toEqual({
      name,
      workingDirectory: '',
      ownDestination: address,
      isOnServer: false,
    })
  })

  test.each([
    ['file:', 'it names no file'],
    ['file:~/a.ipynb', 'the shell does not expand "~" there'],
    ['file://host/a.ipynb', 'a file has no host'],
    ['C:\\a.ipynb', 'it is a path of Windows'],
  ])('refuses the file %j', (text, reason) => {
    expect(errorTextOf(() => parseSource(text))).toContain(reason)
  })

  test('refuses a relative path when the folder of the command was deleted', () => {
    const context = { ...unreadSources, folder: null }
    expect(parseSource('file:/a.ipynb', context).describe()).toBe('file:/a.ipynb')
    expect(errorTextOf(() => parseSource('./a.ipynb', context))).toMatch(
      /^ARGUMENTS_INVALID: .* was deleted; change to another folder, or write the path from the root$/,
    )
  })

  test.each(['-', './a.ipynb', '../a.ipynb', 'file:a.ipynb', 'file:/etc/passwd'])(
    'refuses %j in a message',
    (text) => {
      const read = () => parseSource(text, { ...unreadSources, allowFiles: false })
      expect(errorTextOf(read)).toMatch(
        /^ARGUMENTS_INVALID: .*(files are|standard input is) for the command alone/,
      )
    },
  )

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
    const errorText = errorTextOf(() => parseSource(text))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot use the notebook path "/)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })
})
