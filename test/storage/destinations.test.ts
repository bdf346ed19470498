import { describe, expect, test } from '@jest/globals'
import { besidePage, notebookName } from '../../src/storage/destination.ts'
import { parseDestination } from '../../src/storage/destinations.ts'
import { literalFolder } from '../../src/storage/file.ts'
import { errorTextOf } from '../request/error_text_of.ts'

describe('parseDestination()', () => {
  test.each([
    ['out.ipynb', { address: '/out.ipynb', format: 'ipynb', path: '/out.ipynb' }],
    ['/out/a.html', { address: '/out/a.html', format: 'html', path: '/out/a.html' }],
    ['//out//größe #1?/{name}.ipynb', { path: '/out/größe #1?/{name}.ipynb' }],
    ['/a:b.ipynb', { address: '/a:b.ipynb', path: '/a:b.ipynb' }],
    ['-.ipynb', { address: '/-.ipynb', path: '/-.ipynb' }],
    [
      'gs://my-bucket/a/{date}.ipynb',
      { address: 'gs://my-bucket/a/{date}.ipynb', format: 'ipynb', path: 'a/{date}.ipynb' },
    ],
    ['gs://data.example.com/a.html', { address: 'gs://data.example.com/a.html', format: 'html' }],
    ['GS://b_1/a.ipynb', { address: 'gs://b_1/a.ipynb' }],
    ['gs://12345/a.ipynb', { address: 'gs://12345/a.ipynb' }],
    ['file:a.ipynb', { address: 'file:/home/ann/a.ipynb', format: 'ipynb', path: 'a.ipynb' }],
    ['file:../a.html', { address: 'file:/home/a.html', format: 'html' }],
    ['./a.ipynb', { address: 'file:/home/ann/a.ipynb', format: 'ipynb' }],
    ['../a.html', { address: 'file:/home/a.html', format: 'html' }],
    ['file:/a.html', { address: 'file:/a.html', format: 'html', path: '/a.html' }],
    ['file:/out/x {name}/{day}.html', { address: 'file:/out/x {name}/{day}.html', format: 'html' }],
    ['file:/home/ann/a.ipynb', { address: 'file:/home/ann/a.ipynb', path: '/home/ann/a.ipynb' }],
    [
      'file:///home/ann/a.ipynb',
      { address: 'file:/home/ann/a.ipynb', path: '///home/ann/a.ipynb' },
    ],
  ])('reads %j', (text, expected) => {
    const context = { allowFiles: true, folder: '/home/ann' }
    expect(parseDestination(text, context)).toMatchObject(expected)
  })

  test.each([
    ['', 'it ends neither in'],
    ['/', 'it ends neither in'],
    ['/out/', 'it ends neither in'],
    ['/out/a.ipynb/', 'it ends neither in'],
    ['/out/a.pdf', 'it ends neither in ".ipynb" nor in ".html"'],
    ['/out/a.IPYNB', 'it ends neither in'],
    ['/out/{format}', 'it ends neither in'],
    ['/out/.ipynb', 'the file has no name before its ending'],
    ['/../a.ipynb', 'it contains ".."'],
    ['/./a.ipynb', 'it contains "."'],
    ['/a\nb.ipynb', 'it contains a control character'],
    ['s3://bucket/a.ipynb', 'it is neither "/path" nor "gs://bucket/object" nor "file:PATH"'],
    ['https://u:s3cret@host/a.ipynb', 'it is neither'],
    ['C:\\a.ipynb', 'it is a path of Windows, which this machine does not have'],
    ['file:C:/a.ipynb', 'it is a path of Windows'],
    ['cc:a.ipynb', 'put "/" before a name with a colon'],
    ['gs:bucket/a.ipynb', 'write it as "gs://bucket/object"'],
    ['gs://bucket', 'write it as "gs://bucket/object"'],
    ['gs://bucket/', 'it ends neither in'],
    ['gs:///a.ipynb', 'no bucket can have the name ""'],
    ['gs://ab/a.ipynb', 'no bucket can have the name "ab"'],
    ['gs://Bucket/a.ipynb', 'no bucket can have the name "Bucket"'],
    ['gs://google-x/a.ipynb', 'no bucket can have the name'],
    ['gs://192.168.5.4/a.ipynb', 'no bucket can have the name'],
    ['gs://-bucket/a.ipynb', 'no bucket can have the name'],
    ['gs://{name}/a.ipynb', 'no bucket can have the name'],
    [`gs://${'b'.repeat(64)}/a.ipynb`, 'no bucket can have the name'],
    ['gs://bucket/a/../b.ipynb', 'it contains ".."'],
    ['file:', 'it ends neither in'],
    ['file:a', 'it ends neither in'],
    ['file:a\0.ipynb', 'it contains a control character'],
    ['file://host/a.ipynb', 'a file has no host'],
    ['file:~/a.ipynb', 'the shell does not expand "~" there'],
  ])('refuses %j', (text, reason) => {
    const errorText = errorTextOf(() => parseDestination(text, { allowFiles: true, folder: '/' }))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot use the output ".*[^.]$/s)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })

  test('refuses only file: destinations in a message', () => {
    const errorText = errorTextOf(() =>
      parseDestination('file:a.ipynb', { allowFiles: false, folder: '/' }),
    )
    expect(errorText).toContain('files are for the command alone')
    for (const local of ['./a.ipynb', '../a.ipynb', 'C:\\a.ipynb']) {
      expect(
        errorTextOf(() => parseDestination(local, { allowFiles: false, folder: '/' })),
      ).toContain('Cannot')
    }
    expect(parseDestination('/a.ipynb', { allowFiles: false, folder: '/' })).toMatchObject({
      address: '/a.ipynb',
    })
    expect(
      parseDestination('gs://bucket/a.ipynb', { allowFiles: false, folder: '/' }),
    ).toMatchObject({
      address: 'gs://bucket/a.ipynb',
    })
  })
})

describe('.address', () => {
  test.each([
    ['a.ipynb', '/a.ipynb'],
    ['gs://bucket/a/b.html', 'gs://bucket/a/b.html'],
    ['file:/x/../y/a.ipynb', 'file:/y/a.ipynb'],
    ['file:///y/a.ipynb', 'file:/y/a.ipynb'],
  ])('describes %j as %j', (text, address) => {
    expect(parseDestination(text, { allowFiles: true, folder: '/' }).address).toBe(address)
  })

  test.each([
    { text: 'file:a.ipynb', folder: '/home/{ann}', address: 'file:/home/{ann}/a.ipynb' },
    { text: '../{name}.html', folder: '/home/ann', address: 'file:/home/{name}.html' },
    { text: 'file:/a.ipynb', folder: null, address: 'file:/a.ipynb' },
  ])('finds the file $text from the folder $folder', ({ text, folder, address }) => {
    expect(parseDestination(text, { allowFiles: true, folder }).address).toBe(address)
  })

  test('refuses a relative path when the folder of the command was deleted', () => {
    const context = { allowFiles: true, folder: null }
    const errorText = errorTextOf(() => parseDestination('./a.ipynb', context))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: .* was deleted; change to another folder/)
  })
})

test('besidePage() and notebookName() return the notebook next to a page', () => {
  const page = parseDestination('gs://bucket/a.html/b.html', { allowFiles: false, folder: '/' })
  expect(besidePage(page).address).toBe('gs://bucket/a.html/b.ipynb')
  expect(besidePage(page).format).toBe('ipynb')
  expect(notebookName(page)).toBe('b.ipynb')
})

test.each([
  ['a.ipynb', '.'],
  ['../a.html', '..'],
  ['/a.html', '/'],
  ['/out/x {name}/{day}.html', '/out'],
])('literalFolder() gives the folder of %j before its placeholders', (path, folder) => {
  expect(literalFolder(path)).toBe(folder)
})

test('besidePage() never returns a protected address', () => {
  const page = parseDestination('/a/b.html', { allowFiles: false, folder: '/' })
  expect(besidePage(page, ['/a/b.ipynb']).address).toBe('/a/b.executed.ipynb')
  expect(besidePage(page, ['/a/c.ipynb']).address).toBe('/a/b.ipynb')
})
