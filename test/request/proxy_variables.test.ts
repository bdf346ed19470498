import { describe, expect, test } from '@jest/globals'
import { proxyVariable } from '../../src/request/proxy_variables.ts'

const http = new URL('http://jupyter.test/')
const https = new URL('https://jupyter.test/')

describe('proxyVariable()', () => {
  test.each([
    [http, {}, null],
    [http, { HTTP_PROXY: ' ' }, null],
    [http, { HTTP_PROXY: 'http://proxy.test' }, 'HTTP_PROXY'],
    [http, { HTTPS_PROXY: 'http://proxy.test' }, null],
    [https, { HTTPS_PROXY: 'http://proxy.test' }, 'HTTPS_PROXY'],
    [https, { https_proxy: 'http://proxy.test', ALL_PROXY: 'x' }, 'https_proxy'],
    [https, { ALL_PROXY: 'socks://proxy.test' }, 'ALL_PROXY'],
  ])('proxyVariable() for %s and %j is %j', (server, env, name) => {
    expect(proxyVariable(server, env)).toBe(name)
  })
})
