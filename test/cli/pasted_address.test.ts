import { describe, expect, test } from '@jest/globals'
import { attempt, RunError } from '../../src/errors.ts'
import { pastedAddress, pastedTokens } from '../../src/cli/pasted_address.ts'
import { parseArgv } from '../../src/request/argv.ts'

function read(...args: readonly string[]) {
  return attempt(() => pastedAddress(parseArgv(args)))
}

function refusal(...args: readonly string[]): string {
  const error = read(...args)
  if (error instanceof RunError) return error.message
  throw new Error(`Cannot find an error for ${args.join(' ')}`)
}

const plain = { useHttps: false, baseUrl: '/', notebook: null, token: null }

describe('pastedAddress()', () => {
  test.each([
    {
      name: 'what Jupyter Server prints when it starts',
      text: 'http://localhost:8888/?token=abc',
      expected: { ...plain, host: 'localhost:8888', token: 'abc' },
    },
    {
      name: 'what JupyterLab prints when it starts',
      text: 'http://127.0.0.1:8888/lab?token=a%2Bb',
      expected: { ...plain, host: '127.0.0.1:8888', token: 'a+b' },
    },
    {
      name: 'a notebook in JupyterLab',
      text: 'http://localhost:8888/lab/tree/work/my%20x.ipynb#Results',
      expected: { ...plain, host: 'localhost:8888', notebook: '/work/my x.ipynb' },
    },
    {
      name: 'a notebook in a workspace of JupyterLab',
      text: 'http://localhost:8888/lab/workspaces/auto-k/tree/x.ipynb?reset',
      expected: { ...plain, host: 'localhost:8888', notebook: '/x.ipynb' },
    },
    {
      name: 'a notebook in JupyterLab with its drive of real-time collaboration',
      text: 'http://localhost:8888/lab/tree/RTC:work/x.ipynb',
      expected: { ...plain, host: 'localhost:8888', notebook: '/work/x.ipynb' },
    },
    {
      name: 'a notebook in Jupyter Notebook',
      text: 'https://jupyter.example/notebooks/work/x.ipynb',
      expected: { ...plain, host: 'jupyter.example', useHttps: true, notebook: '/work/x.ipynb' },
    },
    {
      name: 'a notebook in the file list',
      text: 'http://localhost:8888/tree/x.ipynb',
      expected: { ...plain, host: 'localhost:8888', notebook: '/x.ipynb' },
    },
    {
      name: 'a folder in JupyterLab',
      text: 'http://localhost:8888/lab/tree/work',
      expected: { ...plain, host: 'localhost:8888' },
    },
    {
      name: 'a base URL',
      text: 'http://localhost:8888/jupyter/x/lab/tree/x.ipynb',
      expected: { ...plain, host: 'localhost:8888', baseUrl: '/jupyter/x', notebook: '/x.ipynb' },
    },
    {
      name: 'a base URL alone',
      text: 'http://localhost:8888/jupyter/?token=abc',
      expected: { ...plain, host: 'localhost:8888', baseUrl: '/jupyter', token: 'abc' },
    },
    {
      name: 'a server of JupyterHub whose user has the name of a page',
      text: 'https://hub.example/user/tree/lab/tree/lab/tree/x.ipynb',
      expected: {
        ...plain,
        host: 'hub.example',
        useHttps: true,
        baseUrl: '/user/tree',
        notebook: '/lab/tree/x.ipynb',
      },
    },
    {
      name: 'a login page that leads to a notebook',
      text: 'http://localhost:8888/login?next=%2Flab%2Ftree%2Fx.ipynb%3F',
      expected: { ...plain, host: 'localhost:8888', notebook: '/x.ipynb' },
    },
    {
      name: 'an address of this machine without a scheme',
      text: 'localhost:8888/lab/tree/x.ipynb',
      expected: { ...plain, host: 'localhost:8888', notebook: '/x.ipynb' },
    },
    {
      name: 'an IPv6 address',
      text: 'http://[::1]:8888/tree/x.ipynb',
      expected: { ...plain, host: '[::1]:8888', notebook: '/x.ipynb' },
    },
  ])('reads $name', ({ text, expected }) => {
    expect(read(text)).toEqual(expected)
  })

  test('takes the notebook of the next argument when the address names none', () => {
    const expected = { ...plain, host: 'localhost:8888', token: 't', notebook: '/x.ipynb' }
    expect(read('http://localhost:8888/lab?token=t', '/x.ipynb')).toEqual(expected)
  })

  test('takes --base-url when the address has none', () => {
    const found = read('http://localhost:8888/?token=t', '/x.ipynb', '--base-url', '/user/ann')
    expect(found).toMatchObject({ baseUrl: '/user/ann' })
  })

  test.each([
    { name: 'a host and a path', args: ['localhost:8888', '/x.ipynb'] },
    { name: 'a path alone', args: ['work/x.ipynb'] },
    { name: 'a path that begins like a host of elsewhere', args: ['example.com/x.ipynb'] },
    { name: 'nothing', args: [] },
    { name: 'a file at GitHub', args: ['https://github.com/o/r/blob/main/notebooks/x.ipynb'] },
    {
      name: 'a raw file at GitHub',
      args: ['https://raw.githubusercontent.com/o/r/main/tree/x.ipynb'],
    },
    { name: 'a file of the web', args: ['https://host.example/a/x.ipynb?signature=1'] },
    { name: 'one behind a host', args: ['localhost:1', 'https://host.example/notebooks/x.ipynb'] },
  ])('finds none in $name', ({ args }) => {
    expect(read(...args)).toBeNull()
  })

  test.each([
    {
      name: 'a host before it',
      args: ['localhost:1', 'http://localhost:2/tree/x.ipynb'],
      expected: /the host is given before it/,
    },
    {
      name: 'a host before a page of JupyterLab',
      args: ['localhost:1', 'https://hub.example/user/ann/lab/tree/x.ipynb'],
      expected: /the host is given before it/,
    },
    {
      name: 'a second notebook',
      args: ['http://localhost:2/tree/x.ipynb', '/y.ipynb'],
      expected: /names a notebook, and so does the next argument/,
    },
    {
      name: '--use-https for http',
      args: ['http://localhost:2/tree/x.ipynb', '--use-https'],
      expected: /leave out --use-https/,
    },
    {
      name: 'another base URL',
      args: ['http://localhost:2/a/tree/x.ipynb', '--base-url', '/b'],
      expected: /leave out --base-url/,
    },
    {
      name: 'a page of JupyterHub',
      args: ['https://hub.example/hub/user-redirect/lab/tree/x.ipynb'],
      expected: /an address of JupyterHub.*"\/user\/NAME\/"/,
    },
    {
      name: 'a path whose base URL cannot be recognised',
      args: ['http://localhost:2/a/x.ipynb'],
      expected: /its base URL cannot be recognised/,
    },
    {
      name: 'a "%" that encodes nothing',
      args: ['http://localhost:2/tree/100%.ipynb'],
      expected: /a "%" that encodes nothing/,
    },
  ])('refuses $name', ({ args, expected }) => {
    expect(refusal(...args)).toMatch(expected)
  })

  test('refuses a password, and shows neither it nor a token', () => {
    const message = refusal('http://ann:hunter2@localhost:2/tree/x.ipynb?token=geheim')
    expect(message).toContain('it contains a user name')
    expect(message).not.toMatch(/hunter2|geheim/)
  })
})

test('pastedTokens() finds the tokens in all arguments, encoded and decoded', () => {
  const args = ['http://h/?token=a%2Bb', 'x', '--output=http://h/lab?x=1&token=c#d', '?token=']
  expect(pastedTokens(args)).toEqual(['a%2Bb', 'a+b', 'c', 'c'])
})
