import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Caller } from '../../src/request/env.ts'
import { noOptions } from '../../src/request/run_options.ts'
import {
  checkHttp,
  proxyVariable,
  readAudience,
  readServerAddress,
  readServerConfig,
  readToken,
} from '../../src/request/server_config.ts'
import { accepted, errorTextOf } from './error_text_of.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const cloudRun = 'https://jupyter-abc-ew.a.run.app/user/ann/'
const onCloudRun = { K_SERVICE: 'nbtrigger' }

describe('readServerConfig()', () => {
  const env = { JUPYTER_SERVER: 'localhost:8888', JUPYTER_TOKEN: ' t0ken ', HTTP_PROXY: 'p:80' }

  test('reads the server of the environment, without a notebook', () => {
    expect(readServerConfig(noOptions, env, 'http')).toEqual({
      url: new URL('http://localhost:8888/'),
      token: 't0ken',
      idTokenAudience: null,
      ignoredProxy: 'HTTP_PROXY',
    })
  })

  test.each([
    { name: 'no server', given: {}, set: { JUPYTER_SERVER: '' }, code: 'ARGUMENTS_INVALID' },
    { name: 'another host', given: { host: 'other' }, set: {}, code: 'HOST_NOT_ALLOWED' },
    {
      name: 'a public host over plain http',
      given: {},
      set: { JUPYTER_SERVER: 'lab.example' },
      code: 'HTTP_NOT_ALLOWED',
    },
    { name: 'no token', given: {}, set: { JUPYTER_TOKEN: ' ' }, code: 'TOKEN_MISSING' },
  ])('refuses $name', ({ given, set, code }) => {
    const read = () => readServerConfig({ ...noOptions, ...given }, { ...env, ...set }, 'http')
    expect(errorTextOf(read)).toMatch(new RegExp(`^${code}: `))
  })
})

describe('readAudience()', () => {
  test.each([
    {
      name: 'on Cloud Run',
      server: cloudRun,
      env: onCloudRun,
      audience: 'https://jupyter-abc-ew.a.run.app',
    },
    {
      name: 'in a job',
      server: cloudRun,
      env: { CLOUD_RUN_JOB: 'j' },
      audience: 'https://jupyter-abc-ew.a.run.app',
    },
    {
      name: 'with a port',
      server: 'https://a.run.app:443/',
      env: onCloudRun,
      audience: 'https://a.run.app',
    },
    {
      name: 'with a dot at the end',
      server: 'https://a.run.app./',
      env: onCloudRun,
      audience: 'https://a.run.app',
    },
    { name: 'on a laptop', server: cloudRun, env: {}, audience: null },
    {
      name: 'where the variable is empty',
      server: cloudRun,
      env: { K_SERVICE: '' },
      audience: null,
    },
    { name: 'to another host', server: 'https://jupyter.test/', env: onCloudRun, audience: null },
    {
      name: 'to a name that only looks like it',
      server: 'https://xrun.app/',
      env: onCloudRun,
      audience: null,
    },
    {
      name: 'to a name that goes on',
      server: 'https://a.run.app.test/',
      env: onCloudRun,
      audience: null,
    },
    { name: 'over plain http', server: 'http://127.0.0.1:8888/', env: onCloudRun, audience: null },
  ])('is by default, $name', ({ server, env, audience }) => {
    expect(readAudience(new URL(server), env)).toBe(audience)
    const said = { ...env, NBTRIGGER_AUTH: ' auto ' }
    expect(readAudience(new URL(server), said)).toBe(audience)
  })

  test('is any https origin with "iam"', () => {
    const env = { NBTRIGGER_AUTH: 'iam' }
    const server = new URL('https://jupyter.test:8443/base/')
    expect(readAudience(server, env)).toBe('https://jupyter.test:8443')
  })

  test('is null with "none"', () => {
    expect(readAudience(new URL(cloudRun), { ...onCloudRun, NBTRIGGER_AUTH: 'none' })).toBeNull()
  })

  test.each(['http://127.0.0.1:8888/', 'http://jupyter.internal/', 'http://jupyter.test/'])(
    'refuses plain http to %s with "iam"',
    (server) => {
      const refused = errorTextOf(() => readAudience(new URL(server), { NBTRIGGER_AUTH: 'iam' }))
      expect(refused).toMatch(/^HTTP_NOT_ALLOWED: /)
      expect(refused).toContain('add --use-https, or set NBTRIGGER_AUTH=none')
    },
  )

  test.each(['IAM', 'yes', 'iam none'])('refuses %j as NBTRIGGER_AUTH', (auth) => {
    const refused = errorTextOf(() => readAudience(new URL(cloudRun), { NBTRIGGER_AUTH: auth }))
    expect(refused).toContain(
      `ARGUMENTS_INVALID: Cannot use "${auth}" as NBTRIGGER_AUTH: it is neither "auto"`,
    )
  })
})

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
  ])('allows the function to call %s', (url) => {
    expect(errorTextOf(() => checkHttp(new URL(url), {}, 'function'))).toBe(accepted)
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
  ])('does not allow the function to call %s', (url) => {
    expect(errorTextOf(() => checkHttp(new URL(url), {}, 'function'))).toMatch(
      /^HTTP_NOT_ALLOWED: Cannot call ".+" over plain http: .+; add --use-https, or set NBTRIGGER/,
    )
  })

  test('allows the function to call any host only if NBTRIGGER_ALLOW_HTTP is 1', () => {
    const url = new URL('http://lab.example')
    expect(errorTextOf(() => checkHttp(url, { NBTRIGGER_ALLOW_HTTP: '1' }, 'function'))).toBe(
      accepted,
    )
    expect(errorTextOf(() => checkHttp(url, { NBTRIGGER_ALLOW_HTTP: '0' }, 'function'))).toMatch(
      /^HTTP_NOT_ALLOWED/,
    )
  })

  test('applies the same rule to HTTP requests', () => {
    expect(errorTextOf(() => checkHttp(new URL('http://10.0.0.1'), {}, 'http'))).toBe(accepted)
    const errorText = errorTextOf(() => checkHttp(new URL('http://lab.example'), {}, 'http'))
    expect(errorText).toMatch(/^HTTP_NOT_ALLOWED/)
  })

  test('allows the command to call any host', () => {
    expect(errorTextOf(() => checkHttp(new URL('http://lab.example'), {}, 'command'))).toBe(
      accepted,
    )
  })

  test.each<[string, Caller]>([
    ['http://x.run.app', 'command'],
    ['http://x.run.app', 'function'],
    ['http://x.run.app', 'http'],
    ['http://X.A.RUN.APP.:8080', 'command'],
    ['http://run.app', 'command'],
  ])('never allows %s for the %s', (url, caller) => {
    const env = { NBTRIGGER_ALLOW_HTTP: '1' }
    expect(errorTextOf(() => checkHttp(new URL(url), env, caller))).toMatch(
      /^HTTP_NOT_ALLOWED: .+ Cloud Run speaks https; add --use-https$/,
    )
  })
})

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

const plain = { useHttps: false, baseUrl: '/' }

describe('readServerAddress()', () => {
  test.each([
    ['localhost', 'http://localhost/'],
    ['localhost:8888', 'http://localhost:8888/'],
    ['LocalHost:8888', 'http://localhost:8888/'],
    ['host.', 'http://host./'],
    ['host:80', 'http://host/'],
    ['my_host-1.example:65535', 'http://my_host-1.example:65535/'],
    ['10.0.0.1:1', 'http://10.0.0.1:1/'],
    ['[::1]', 'http://[::1]/'],
    ['[FC00::1]:8888', 'http://[fc00::1]:8888/'],
    ['xn--bcher-kva.example', 'http://xn--bcher-kva.example/'],
  ])('reads %j', (host, href) => {
    expect(readServerAddress(host, plain).href).toBe(href)
  })

  test('uses https if requested', () => {
    expect(readServerAddress('host:443', { useHttps: true, baseUrl: '' }).href).toBe(
      'https://host/',
    )
  })

  test.each([
    ['', 'it is empty'],
    ['https://host/', 'write HOST[:PORT] alone, and --use-https'],
    ['http://host:8888', 'it is a URL; write HOST[:PORT] alone'],
    ['file:///etc/passwd', 'it is a URL'],
    ['http://host/lab?token=s3cret', '"http://host/lab…": it is a URL'],
    ['ann:s3cret@evil.example', '"…@evil.example": it contains a user name'],
    ['trusted.example@evil.example', 'it contains a user name'],
    ['trusted:80@evil.example:80', 'it contains a user name'],
    ['host/path', 'it contains a path'],
    ['host/', 'it contains a path'],
    ['host\\@evil.example', 'it contains a user name'],
    ['host\\evil', 'it contains a path'],
    ['host?x', 'it contains a path'],
    ['host#x', 'it contains a path'],
    ['/a.ipynb', 'it contains a path'],
    ['host\r\nX-Evil: 1', 'it contains white space or a control character'],
    ['host\0', 'it contains white space or a control character'],
    ['ho\tst', 'it contains white space or a control character'],
    [' host', 'it contains white space or a control character'],
    ['host\u00a0', 'it contains U+00A0 (no-break space)'],
    ['host%2eevil', 'it contains "%"'],
    ['%2e%2e', 'it contains "%"'],
    ['bücher.example', 'it contains characters beyond ASCII; write the form that begins with'],
    ['１２７.0.0.1', 'it contains characters beyond ASCII'],
    ['evil。example', 'it contains U+3002 (ideographic full stop), not .; type .'],
    ['\u212aernel', 'it contains characters beyond ASCII'],
    ['ho\u200bst', '"ho<U+200B>st": it contains U+200B (zero width space), which cannot be seen'],
    ['::1', 'an IPv6 address needs brackets'],
    ['::1:8888', 'an IPv6 address needs brackets'],
    ['[fe80::1%25eth0]', 'it contains "%"'],
    ['[::1', 'it is not the name or the address of a host'],
    ['[0:0:0:0:0:0:0:1]', 'it is another way to write "[::1]"; write that'],
    ['127.1', 'it is another way to write "127.0.0.1"; write that'],
    ['2130706433', 'it is another way to write "127.0.0.1"'],
    ['0x7f.0.0.1', 'it is another way to write "127.0.0.1"'],
    ['1.2.3.4.5', 'it is not the name or the address of a host'],
    ['256.0.0.1', 'it is not the name or the address of a host'],
    ['a,b', 'it is not the name or the address of a host'],
    ['*', 'it is not the name or the address of a host'],
    ['a'.repeat(254), 'it is not the name or the address of a host'],
    ['host:', 'the port is not a number from 1 to 65535'],
    ['host:0', 'the port is not a number from 1 to 65535'],
    ['host:08888', 'the port is not a number from 1 to 65535'],
    ['host:65536', 'the port is not a number from 1 to 65535'],
    ['host:8888x', 'the port is not a number from 1 to 65535'],
    ['host:-1', 'the port is not a number from 1 to 65535'],
    ['[::1]:x', 'the port is not a number from 1 to 65535'],
    [':8888', 'the port is not a number from 1 to 65535'],
  ])('refuses the host %j', (host, reason) => {
    const errorText = errorTextOf(() => readServerAddress(host, plain))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot call the host "/)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })

  test('never leads to a host other than the given one', () => {
    const near = fc.string({
      unit: fc.constantFrom(...'aA10.:@/\\[]%#?-_ x\t\n\u212a。０é'.split('')),
    })
    const hosts = fc.oneof(near, fc.string({ unit: 'binary' }), fc.webAuthority(), fc.domain())
    fc.assert(
      fc.property(hosts, fc.boolean(), (host, useHttps) => {
        let url: URL
        try {
          url = readServerAddress(host, { useHttps, baseUrl: '/' })
        } catch (error) {
          expect(error).toMatchObject({ code: 'ARGUMENTS_INVALID' })
          return
        }
        const port = url.port === '' && host.endsWith(useHttps ? ':443' : ':80')
        expect(port ? `${url.host}${useHttps ? ':443' : ':80'}` : url.host).toBe(host.toLowerCase())
        expect(url.href).toBe(`${useHttps ? 'https' : 'http'}://${url.host}/`)
      }),
      fuzzOptions(3_000),
    )
  })

  test.each([
    ['', '/'],
    ['/', '/'],
    ['//', '/'],
    ['user/ann', '/user/ann/'],
    ['/user/ann/', '/user/ann/'],
    ['//evil.example//x', '/evil.example/x/'],
    ['/user/ann@example.com/', '/user/ann%40example.com/'],
    ['/user/ann%40example.com/', '/user/ann%40example.com/'],
    ['/my lab', '/my%20lab/'],
    ['/größe', '/gr%C3%B6%C3%9Fe/'],
    ['/100%25', '/100%25/'],
  ])('converts the base URL %j to the path %j', (baseUrl, pathname) => {
    const url = readServerAddress('host:8888', { useHttps: false, baseUrl })
    expect(url.href).toBe(`http://host:8888${pathname}`)
  })

  test.each([
    ['/user/../admin', 'it contains ".."'],
    ['/./x', 'it contains "."'],
    ['/user/%2e%2E/admin', 'it contains ".."'],
    ['/user/a%2F..%2Fb', 'it contains ".."'],
    ['/user/%00', 'it contains a control character'],
    ['/user\r\n/x', 'it contains a control character'],
    ['/x?token=s3cret', 'it contains "?"'],
    ['/x#y', 'it contains "?", "#"'],
    ['\\\\evil', 'it contains "?", "#" or "\\"'],
    ['/100%', 'it contains a "%" that encodes nothing'],
    ['https://host/user/ann', 'it is a whole URL'],
    ['/\ud800', 'it contains a control character'],
  ])('refuses the base URL %j', (baseUrl, reason) => {
    const errorText = errorTextOf(() => readServerAddress('host', { useHttps: false, baseUrl }))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot use the base URL "/)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })
})

describe('readToken()', () => {
  test.each([
    ['abc', 'abc'],
    [' abc\r\n', 'abc'],
    ['a b"c', 'a b"c'],
    ['tökén', 'tökén'],
  ])('reads %j as %j', (JUPYTER_TOKEN, token) => {
    expect(readToken({ JUPYTER_TOKEN })).toBe(token)
  })

  test.each([{}, { JUPYTER_TOKEN: undefined }, { JUPYTER_TOKEN: '' }, { JUPYTER_TOKEN: ' \n' }])(
    'refuses %j',
    (env) => {
      expect(errorTextOf(() => readToken(env))).toMatch(
        /^TOKEN_MISSING: .+JUPYTER_TOKEN is not set or empty/,
      )
    },
  )

  test.each(['se\r\ncret', 'se\0cret', 'se\tcret', 'se\u0085cret', 'se€cret', 'se🙂cret'])(
    'refuses %j without showing it',
    (JUPYTER_TOKEN) => {
      const errorText = errorTextOf(() => readToken({ JUPYTER_TOKEN }))
      expect(errorText).toMatch(/^TOKEN_MISSING: .+ a character that no header can carry/)
      expect(errorText).not.toMatch(/se.*cret/s)
    },
  )
})
