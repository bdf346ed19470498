import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readHub } from '../../src/request/hub.ts'
import { errorTextOf } from './error_text_of.ts'
import { requestOf } from './request_of.ts'

const env = { JUPYTER_TOKEN: 'secret' }
const target = ['hub.test', '/a.ipynb']

describe('readHub()', () => {
  test.each([
    { name: 'no flag', words: target, hub: null },
    { name: 'a user', words: [...target, '--hub', 'ann'], hub: { user: 'ann', server: null } },
    {
      name: 'a user after "="',
      words: ['--hub=ann', ...target],
      hub: { user: 'ann', server: null },
    },
    {
      name: 'a user and a server',
      words: [...target, '--hub', 'ann@a.test/x'],
      hub: { user: 'ann@a.test', server: 'x' },
    },
    {
      name: 'a default server',
      words: [...target, '--hub', 'ann/'],
      hub: { user: 'ann', server: '' },
    },
    { name: 'the flag alone', words: [...target, '--hub'], hub: { user: null, server: null } },
    {
      name: 'the flag before another',
      words: [...target, '--hub', '--verbose'],
      hub: { user: null, server: null },
    },
    {
      name: 'the flag before a notebook',
      words: ['hub.test', '--hub', '/a.ipynb'],
      hub: { user: null, server: null },
    },
    {
      name: 'a dot and a server',
      words: [...target, '--hub', './x'],
      hub: { user: null, server: 'x' },
    },
  ])('reads $name', ({ words, hub }) => {
    expect(readHub(parseArgv(words))).toEqual(hub && { ...hub, spawnerOptions: {} })
  })

  test.each([
    { name: 'three parts', words: ['--hub', 'a/b/c'], said: 'it has two slashes' },
    { name: 'a way up', words: ['--hub', '..'], said: 'it contains ".."' },
    {
      name: 'a query',
      words: ['--hub', 'ann?x'],
      said: 'it contains a character that no name has',
    },
    { name: 'no user', words: ['--hub=/x'], said: 'it names no user' },
    { name: 'options without a server', words: ['--hub-options', '{}'], said: 'add --hub' },
    {
      name: 'options that are no JSON',
      words: ['--hub', 'a', '--hub-options', '{'],
      said: 'not an object',
    },
    {
      name: 'a list of options',
      words: ['--hub', 'a', '--hub-options', '[1]'],
      said: 'not an object',
    },
    {
      name: 'a kernel to keep',
      words: ['--hub', 'a', '--keep-kernel'],
      said: 'Cannot use --keep-kernel',
    },
    {
      name: 'a kernel that runs',
      words: ['--hub', 'a', '--kernel-id', 'k'],
      said: 'Cannot use --kernel-id',
    },
  ])('refuses $name', ({ words, said }) => {
    const errorText = errorTextOf(() => readHub(parseArgv([...target, ...words])))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: /)
    expect(errorText).toContain(said)
  })

  test('takes a kernel of a server that has a name', () => {
    const words = [...target, '--hub', 'ann/x', '--kernel-id', 'k']
    expect(readHub(parseArgv(words))?.server).toBe('x')
  })
})

describe('createRunRequest() with a Hub', () => {
  test.each([
    { name: 'a host', words: target, url: 'http://hub.test/hub/' },
    {
      name: 'a base URL',
      words: [...target, '--base-url', 'jhub'],
      url: 'http://hub.test/jhub/hub/',
    },
    {
      name: "the Hub's own base URL",
      words: [...target, '--base-url', '/hub/'],
      url: 'http://hub.test/hub/',
    },
  ])('calls the Hub at $name, and waits 300 s for its server', ({ words, url }) => {
    const request = requestOf(
      [...words, '--hub', 'ann', '--hub-options', '{"cpu": 2}'],
      env,
      'command',
    )
    expect(request.server.url.href).toBe(url)
    expect(request).toMatchObject({ startTimeoutMs: 300_000, hub: { spawnerOptions: { cpu: 2 } } })
  })
})
