import { describe, expect, test } from '@jest/globals'
import type { Caller } from '../../src/request/environment.ts'
import { checkHttp } from '../../src/request/http_rule.ts'
import { refusalOf } from './refusal_of.ts'

describe('checkHttp()', () => {
  test.each([
    'https://lab.example',
    'https://x.run.app',
    'http://localhost:8888',
    'http://localhost.',
    'http://lab.localhost',
    'http://127.0.0.1:8888',
    'http://127.9.9.9',
    'http://10.255.0.1',
    'http://172.16.0.1',
    'http://172.31.255.255',
    'http://192.168.1.1',
    'http://[::1]:8888',
    'http://[fc00::1]',
    'http://[fdff::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:10.0.0.1]',
    'http://lab.c.my-project.internal',
  ])('lets the function call %s', (url) => {
    expect(() => checkHttp(new URL(url), {}, 'function')).not.toThrow()
  })

  test.each([
    'http://lab.example',
    'http://lab',
    'http://8.8.8.8',
    'http://172.32.0.1',
    'http://172.15.255.255',
    'http://11.0.0.1',
    'http://0.0.0.0',
    'http://169.254.169.254',
    'http://[fe80::1]',
    'http://[2001:db8::1]',
    'http://[::ffff:8.8.8.8]',
    'http://[::ffff:169.254.169.254]',
    'http://metadata.google.internal',
    'http://metadata.google.internal.',
    'http://internal',
    'http://notlocalhost',
    'http://localhost.evil.example',
    'http://lab.internal.evil.example',
  ])('refuses to let the function call %s', (url) => {
    expect(refusalOf(() => checkHttp(new URL(url), {}, 'function'))).toMatch(
      /^HTTP_NOT_ALLOWED: Cannot call ".+" over plain http: .+; add --use-https, or set NBTRIGGER/,
    )
  })

  test('lets the function call any host when NBTRIGGER_ALLOW_HTTP is 1 and nothing else', () => {
    const url = new URL('http://lab.example')
    expect(() => checkHttp(url, { NBTRIGGER_ALLOW_HTTP: '1' }, 'function')).not.toThrow()
    expect(refusalOf(() => checkHttp(url, { NBTRIGGER_ALLOW_HTTP: '0' }, 'function'))).toMatch(
      /^HTTP_NOT_ALLOWED/,
    )
  })

  test('holds who calls by HTTP to the same rule', () => {
    expect(() => checkHttp(new URL('http://10.0.0.1'), {}, 'http')).not.toThrow()
    const refusal = refusalOf(() => checkHttp(new URL('http://lab.example'), {}, 'http'))
    expect(refusal).toMatch(/^HTTP_NOT_ALLOWED/)
  })

  test('lets the command call any host', () => {
    expect(() => checkHttp(new URL('http://lab.example'), {}, 'command')).not.toThrow()
  })

  test.each<[string, Caller]>([
    ['http://x.run.app', 'command'],
    ['http://x.run.app', 'function'],
    ['http://x.run.app', 'http'],
    ['http://X.A.RUN.APP.:8080', 'command'],
    ['http://run.app', 'command'],
  ])('never lets %s be called by the %s', (url, caller) => {
    const env = { NBTRIGGER_ALLOW_HTTP: '1' }
    expect(refusalOf(() => checkHttp(new URL(url), env, caller))).toMatch(
      /^HTTP_NOT_ALLOWED: .+ Cloud Run speaks https; add --use-https$/,
    )
  })
})
