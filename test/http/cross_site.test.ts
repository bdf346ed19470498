import { describe, expect, test } from '@jest/globals'
import { refuseCrossSite } from '../../src/http/cross_site.ts'
import { refusalOf } from '../request/refusal_of.ts'

const host = 'nbtrigger.test:8080'

describe('refuseCrossSite()', () => {
  test.each([
    ['a program', {}],
    ['a person who types the address', { 'sec-fetch-site': 'none' }],
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }],
    ['our own page in an older browser', { origin: `http://${host}` }],
    ['our own page behind a proxy that speaks https', { origin: `https://${host}` }],
  ])('lets pass %s', (_, headers) => {
    expect(() => refuseCrossSite({ host, ...headers })).not.toThrow()
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
    expect(refusalOf(() => refuseCrossSite({ host, ...headers }))).toMatch(/^ORIGIN_REFUSED: /)
  })
})
