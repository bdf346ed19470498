import { describe, expect, test } from '@jest/globals'
import { parseArgv } from '../../src/request/argv.ts'
import { readHub } from '../../src/request/hub.ts'
import { errorTextOf } from './error_text_of.ts'
import { requestOf } from './request_of.ts'

const env = { JUPYTER_TOKEN: 'secret' }
const target = ['hub.test', '/a.ipynb']

describe('readHub()', () => {
  test.each([
    { name: 'no flag', args: target, hub: null },
    { name: 'a user', args: [...target, '--hub', 'ann'], hub: { user: 'ann', server: null } },
    {
      name: 'a user after "="',
      args: ['--hub=ann', ...target],
      hub: { user: 'ann', server: null },
    },
    {
      name: 'a user and a server',
      args: [...target, '--hub', 'ann@a.test/x'],
      hub: { user: 'ann@a.test', server: 'x' },
    },
    {
      name: 'a default server',
      args: [...target, '--hub', 'ann/'],
      hub: { user: 'ann', server: '' },
    },
    { name: 'the flag alone', args: [...target, '--hub'], hub: { user: null, server: null } },
    {
      name: 'the flag before another',
      args: [...target, '--hub', '--verbose'],
      hub: { user: null, server: null },
    },
    {
      name: 'the flag before a notebook',
      args: ['hub.test', '--hub', '/a.ipynb'],
      hub: { user: null, server: null },
    },
    {
      name: 'a dot and a server',
      args: [...target, '--hub', './x'],
      hub: { user: null, server: 'x' },
    },
  ])('reads $name', ({ args, hub }) => {
    expect(readHub(parseArgv(args))).toEqual(hub && { ...hub, spawnerOptions: {} })
  })

  test.each([
    { name: 'three parts', args: ['--hub', 'a/b/c'], said: 'it has two slashes' },
    { name: 'a way up', args: ['--hub', '..'], said: 'it contains ".."' },
    {
      name: 'a query',
      args: ['--hub', 'ann?x'],
      said: 'it contains a character that no name has',
    },
    { name: 'no user', args: ['--hub=/x'], said: 'it names no user' },
    { name: 'options without a server', args: ['--hub-options', '{}'], said: 'add --hub' },
    {
      name: 'options that are no JSON',
      args: ['--hub', 'a', '--hub-options', '{'],
      said: 'not an object',
    },
    {
      name: 'a list of options',
      args: ['--hub', 'a', '--hub-options', '[1]'],
      said: 'not an object',
    },
    {
      name: 'a kernel to keep',
      args: ['--hub', 'a', '--keep-kernel'],
      said: 'Cannot use --keep-kernel',
    },
    {
      name: 'a kernel that runs',
      args: ['--hub', 'a', '--kernel-id', 'k'],
      said: 'Cannot use --kernel-id',
    },
  ])('refuses $name', ({ args, said }) => {
    const errorText = errorTextOf(() => readHub(parseArgv([...target, ...args])))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: /)
    expect(errorText).toContain(said)
  })

  test('takes a kernel of a server that has a name', () => {
    const args = [...target, '--hub', 'ann/x', '--kernel-id', 'k']
    expect(readHub(parseArgv(args))?.server).toBe('x')
  })
})

describe('createRunRequest() with a Hub', () => {
  test.each([
    { name: 'a host', args: target, url: 'http://hub.test/hub/' },
    {
      name: 'a base URL',
      args: [...target, '--base-url', 'jhub'],
      url: 'http://hub.test/jhub/hub/',
    },
    {
      name: "the Hub's own base URL",
      args: [...target, '--base-url', '/hub/'],
      url: 'http://hub.test/hub/',
    },
  ])('calls the Hub at $name, and waits 300 s for its server', ({ args, url }) => {
    const request = requestOf(
      [...args, '--hub', 'ann', '--hub-options', '{"cpu": 2}'],
      env,
      'command',
    )
    expect(request.server.url.href).toBe(url)
    expect(request).toMatchObject({ startTimeoutMs: 300_000, hub: { spawnerOptions: { cpu: 2 } } })
  })
})
