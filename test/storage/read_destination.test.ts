import { describe, expect, test } from '@jest/globals'
import { addressOf, besidePage, notebookName } from '../../src/storage/destination.ts'
import { readDestination } from '../../src/storage/read_destination.ts'
import { refusalOf } from '../request/refusal_of.ts'

describe('readDestination()', () => {
  test.each([
    ['out.ipynb', { type: 'contents', format: 'ipynb', path: '/out.ipynb' }],
    ['/out/a.html', { type: 'contents', format: 'html', path: '/out/a.html' }],
    ['//out//größe #1?/{name}.ipynb', { path: '/out/größe #1?/{name}.ipynb' }],
    ['/a:b.ipynb', { type: 'contents', path: '/a:b.ipynb' }],
    ['-.ipynb', { type: 'contents', path: '/-.ipynb' }],
    [
      'gs://my-bucket/a/{date}.ipynb',
      { type: 'gcs', format: 'ipynb', bucket: 'my-bucket', path: 'a/{date}.ipynb' },
    ],
    ['gs://data.example.com/a.html', { type: 'gcs', bucket: 'data.example.com', format: 'html' }],
    ['GS://b_1/a.ipynb', { type: 'gcs', bucket: 'b_1' }],
    ['gs://12345/a.ipynb', { type: 'gcs', bucket: '12345' }],
    ['file:a.ipynb', { type: 'file', format: 'ipynb', path: 'a.ipynb', folder: '.' }],
    ['file:../a.html', { type: 'file', format: 'html', path: '../a.html', folder: '..' }],
    ['file:/a.html', { type: 'file', format: 'html', path: '/a.html', folder: '/' }],
    [
      'file:/out/x {name}/{day}.html',
      { type: 'file', format: 'html', path: '/out/x {name}/{day}.html', folder: '/out' },
    ],
    ['file:/home/ann/a.ipynb', { type: 'file', path: '/home/ann/a.ipynb' }],
    ['file:///home/ann/a.ipynb', { type: 'file', path: '///home/ann/a.ipynb' }],
  ])('reads %j', (text, expected) => {
    expect(readDestination(text, 'command')).toMatchObject(expected)
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
    ['./a.ipynb', 'it contains "."'],
    ['/a\nb.ipynb', 'it contains a control character'],
    ['s3://bucket/a.ipynb', 'it is neither "/path" nor "gs://bucket/object" nor "file:PATH"'],
    ['https://u:s3cret@host/a.ipynb', 'it is neither'],
    ['C:\\a.ipynb', 'put "/" before a name with a colon'],
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
    const refusal = refusalOf(() => readDestination(text, 'command'))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID: Cannot use the output ".*[^.]$/s)
    expect(refusal).toContain(reason)
    expect(refusal).not.toContain('s3cret')
  })

  test('refuses only file: destinations in a message', () => {
    const refusal = refusalOf(() => readDestination('file:a.ipynb', 'function'))
    expect(refusalOf(() => readDestination('file:a.ipynb', 'http'))).toBe(refusal)
    expect(refusal).toContain('files are for the command alone')
    expect(readDestination('/a.ipynb', 'function')).toMatchObject({ type: 'contents' })
    expect(readDestination('gs://bucket/a.ipynb', 'function')).toMatchObject({ type: 'gcs' })
  })
})

describe('addressOf()', () => {
  test.each([
    ['a.ipynb', '/a.ipynb'],
    ['gs://bucket/a/b.html', 'gs://bucket/a/b.html'],
    ['file:/x/../y/a.ipynb', 'file:/y/a.ipynb'],
    ['file:///y/a.ipynb', 'file:/y/a.ipynb'],
  ])('describes %j as %j', (text, address) => {
    expect(addressOf(readDestination(text, 'command'))).toBe(address)
  })

  test('describes a file by its absolute path', () => {
    expect(addressOf(readDestination('file:a.ipynb', 'command'))).toMatch(/^file:\/.*\/a\.ipynb$/)
  })
})

test('besidePage() and notebookName() return the notebook next to a page', () => {
  const page = readDestination('gs://bucket/a.html/b.html', 'function')
  expect(addressOf(besidePage(page))).toBe('gs://bucket/a.html/b.ipynb')
  expect(besidePage(page).format).toBe('ipynb')
  expect(notebookName(page)).toBe('b.ipynb')
})
