import { describe, expect, test } from '@jest/globals'
import {
  checkHostHeader,
  checkKey,
  readKey,
  readServedHosts,
  refuseCrossSite,
} from '../../src/http/access.ts'
import { accepted, errorTextOf } from '../request/error_text_of.ts'

const key = 'k3y-of-16-chars!'

describe('readKey()', () => {
  test('reads the key, and that there is none', () => {
    expect(readKey({ NBTRIGGER_HTTP_KEY: ` ${key}\n` })).toBe(key)
    expect(readKey({})).toBeNull()
    expect(readKey({ NBTRIGGER_HTTP_KEY: ' ' })).toBeNull()
  })

  test('refuses a key that could be guessed, and does not show it', () => {
    const errorText = errorTextOf(() => readKey({ NBTRIGGER_HTTP_KEY: 'fifteen-letters' }))
    expect(errorText).toContain('it has fewer than 16 characters')
    expect(errorText).not.toContain('fifteen')
  })

  test.each(['clé', 'ключ', 'two\nlines'])('refuses a key that has %j in it', (part) => {
    const errorText = errorTextOf(() => readKey({ NBTRIGGER_HTTP_KEY: `${part} of 16 characters` }))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: .*a character that not every client can send/)
    expect(errorText).not.toContain(part)
  })
})

describe('checkKey()', () => {
  test.each([`Bearer ${key}`, `bearer  ${key}`])('accepts the header "%s"', (header) => {
    expect(errorTextOf(() => checkKey(key, header))).toBe(accepted)
  })

  test('accepts any header where there is no key', () => {
    expect(errorTextOf(() => checkKey(null, undefined))).toBe(accepted)
    expect(errorTextOf(() => checkKey(null, 'Bearer of-google'))).toBe(accepted)
  })

  test.each([
    undefined,
    '',
    key,
    `Basic ${key}`,
    'Bearer ',
    `Bearer ${key}x`,
    `Bearer ${key.slice(1)}`,
  ])('refuses the header %j', (header) => {
    expect(errorTextOf(() => checkKey(key, header))).toMatch(/^KEY_REFUSED: (?!.*k3y)/)
  })
})

const host = 'nbtrigger.test:8080'

describe('refuseCrossSite()', () => {
  test.each([
    ['a program', {}],
    ['a person who types the address', { 'sec-fetch-site': 'none' }],
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }],
    ['our own page in an older browser', { origin: `http://${host}` }],
    ['our own page behind a proxy that speaks https', { origin: `https://${host}` }],
  ])('accepts a request of %s', (_, headers) => {
    expect(errorTextOf(() => refuseCrossSite({ host, ...headers }))).toBe(accepted)
  })

  test.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['a page of another site in an older browser', { origin: 'https://evil.test' }],
    ['a page in a sandbox, as our notebooks are', { origin: 'null' }],
    ['a sandbox that says more', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { origin: 'http://nbtrigger.test:8081' }],
    ['a word that is not known', { 'sec-fetch-site': 'x', origin: `http://${host}` }],
  ])('refuses %s', (_, headers) => {
    expect(errorTextOf(() => refuseCrossSite({ host, ...headers }))).toMatch(/^ORIGIN_REFUSED: /)
  })
})

const none = readServedHosts({})

describe('checkHostHeader()', () => {
  test.each([
    'localhost',
    'LocalHost:8080',
    'localhost.',
    '127.0.0.1:8080',
    '127.9.9.9',
    '[::1]:8080',
    '[::1]',
    'nbtrigger-http-123456789012.europe-west1.run.app',
    'canary---nbtrigger-http-abc123-ew.a.run.app:443',
    'europe-west1-project.cloudfunctions.net',
    undefined,
  ])('serves %s', (name) => {
    expect(errorTextOf(() => checkHostHeader(name, none))).toBe(accepted)
  })

  test.each([
    'evil.example',
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io',
    'run.app.evil.example',
    'evilrun.app',
    '.run.app',
    'run.app',
    '0.0.0.0:8080',
    '0x7f.1',
    '2130706433',
    '128.0.0.1',
    '192.168.1.5:8080',
    '[::]',
    '[::ffff:192.168.1.5]',
    'localhost@evil.example',
    'evil.example#.run.app:80:80',
    'localhost evil.example',
    '',
    ':8080',
  ])('refuses %j', (name) => {
    expect(errorTextOf(() => checkHostHeader(name, none))).toMatch(
      /^HOST_HEADER_REFUSED: Cannot answer: .* name the host in NBTRIGGER_HTTP_HOSTS, or set NBTR/,
    )
  })

  test('serves the hosts that are named, whatever their ports', () => {
    const served = readServedHosts({
      NBTRIGGER_HTTP_HOSTS: 'Notebooks.Example, 192.168.1.5,[fd00::5]',
    })
    for (const name of [
      'notebooks.example',
      'notebooks.example:80',
      '192.168.1.5:8080',
      '[FD00::5]',
    ]) {
      expect(errorTextOf(() => checkHostHeader(name, served))).toBe(accepted)
    }
    expect(errorTextOf(() => checkHostHeader('a.notebooks.example', served))).toContain('REFUSED')
    const all = readServedHosts({ NBTRIGGER_HTTP_HOSTS: '*' })
    expect(errorTextOf(() => checkHostHeader('any.example', all))).toBe(accepted)
  })
})

describe('readServedHosts()', () => {
  test.each(['a.example:80', 'https://a.example', 'a b', '*.example', '::1', 'größe.example'])(
    'refuses %j',
    (text) => {
      expect(errorTextOf(() => readServedHosts({ NBTRIGGER_HTTP_HOSTS: text }))).toMatch(
        /^ARGUMENTS_INVALID: .*NBTRIGGER_HTTP_HOSTS/,
      )
    },
  )
})
