import { describe, expect, test } from '@jest/globals'
import { imageProtocol, inlineImage } from '../../src/cli/inline_image.ts'
import { shownResult } from '../../src/cli/shown_result.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

function shown(data: Readonly<Record<string, unknown>>, options = {}): string {
  const result = { data, metadata: {}, execution_count: 1 }
  return shownResult(result, {
    columns: 20,
    images: null,
    redactor: createRedactor([]),
    ...options,
  })
}

const frame = '   a  b  a long name of a column\n0  1  2  3'

describe('shownResult()', () => {
  test.each([
    { name: 'text with its lines', data: { 'text/plain': 'one\ntwo' }, text: 'one\ntwo\n' },
    { name: 'a last newline once', data: { 'text/plain': 'one\n' }, text: 'one\n' },
    {
      name: 'long text whole, since a terminal wraps it',
      data: { 'text/plain': 'x'.repeat(30) },
      text: `${'x'.repeat(30)}\n`,
    },
    {
      name: 'a table as wide as the terminal',
      data: { 'text/plain': frame, 'text/html': '<div><table class="dataframe"></table></div>' },
      text: '   a  b  a long nam…\n0  1  2  3\n',
    },
    {
      name: 'an image by its size',
      data: { 'image/png': pixel, 'text/plain': '<Figure size 640x480>' },
      text: 'PNG 1 × 1, 70 B; keep it with -o file:plot.html\n',
    },
    {
      name: 'an SVG image by its size',
      data: { 'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>' },
      text: 'SVG 30 × 20, 64 B; keep it with -o file:plot.html\n',
    },
    {
      name: 'what is no image, whatever its type says',
      data: { 'image/png': 'bm9uZQ==' },
      text: 'PNG 4 B; keep it with -o file:plot.html\n',
    },
    {
      name: 'the types of what a terminal cannot show',
      data: { 'text/html': '<b>x</b>' },
      text: 'A result that a terminal cannot show (text/html); keep it with -o file:plot.html\n',
    },
    {
      name: 'no control characters',
      data: { 'text/plain': '\u001b]0;title\u0007\u001b[31mred\u001b[0m\u202e' },
      text: 'red\n',
    },
  ])('shows $name', ({ data, text }) => {
    expect(shown(data)).toBe(text)
  })

  test('shows nothing without a result', () => {
    const options = { columns: 80, images: null, redactor: createRedactor([]) }
    expect(shownResult(null, options)).toBe('')
  })

  test('masks a secret that a colour had split', () => {
    const redactor = createRedactor(['6f1d2a9c0b7e4f58'])
    expect(shown({ 'text/plain': '6f1d\u001b[1m2a9c0b7e4f58' }, { redactor })).toBe('[redacted]\n')
  })

  test('draws the picture where the terminal takes it, and a line for other types', () => {
    expect(shown({ 'image/png': pixel }, { images: 'iterm2' })).toBe(
      `\u001b]1337;File=inline=1;size=70:${pixel}\u0007\n`,
    )
    expect(shown({ 'image/png': pixel }, { images: 'kitty' })).toBe(
      `\u001b_Ga=T,f=100,m=0;${pixel}\u001b\\\n`,
    )
    expect(shown({ 'image/jpeg': 'AAAA' }, { images: 'kitty' })).toMatch(/^JPEG 3 B; /)
  })

  test('reads the size from the image alone, whatever stands around it in memory', () => {
    for (let times = 0; times < 200; times += 1) {
      Buffer.from(pixel, 'base64')
      expect(shown({ 'image/jpeg': 'AAAA' })).toMatch(/^JPEG 3 B; /)
    }
  })

  test('lets no escape through that an image hides in its base64', () => {
    const text = shown({ 'image/png': `${pixel}\u0007\u001b]0;title\u0007` }, { images: 'iterm2' })
    expect(text).not.toContain('title\u0007')
    expect(text.split('\u001b')).toHaveLength(2)
  })
})

describe('inlineImage()', () => {
  test('sends kitty a large picture in chunks of 4096 characters', () => {
    const escapes = inlineImage('kitty', 'image/png', Buffer.alloc(9_000))?.split('\u001b\\') ?? []
    const keys = escapes.map((escape) => escape.slice(0, escape.indexOf(';')))
    expect(keys).toEqual(['\u001b_Ga=T,f=100,m=1', '\u001b_Gm=1', '\u001b_Gm=0', ''])
    const sizes = escapes.map((escape) => escape.slice(escape.indexOf(';') + 1).length)
    expect(sizes).toEqual([4096, 4096, 3808, 0])
  })
})

describe('imageProtocol()', () => {
  test.each([
    { name: 'iTerm2', env: { TERM_PROGRAM: 'iTerm.app' }, protocol: 'iterm2' },
    { name: 'iTerm2 over ssh', env: { LC_TERMINAL: 'iTerm2' }, protocol: 'iterm2' },
    { name: 'kitty', env: { TERM: 'xterm-kitty' }, protocol: 'kitty' },
    { name: 'another terminal', env: { TERM: 'xterm-256color' }, protocol: null },
    {
      name: 'tmux in iTerm2',
      env: { TERM_PROGRAM: 'tmux', LC_TERMINAL: 'iTerm2', TMUX: '/t' },
      protocol: null,
    },
    { name: 'screen in kitty', env: { TERM: 'screen', KITTY_WINDOW_ID: '1' }, protocol: null },
  ])('is $protocol for $name', ({ env, protocol }) => {
    expect(imageProtocol(env)).toBe(protocol)
  })
})
