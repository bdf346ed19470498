import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readServerAddress } from '../../src/request/server_address.ts'
import { refusalOf } from './refusal_of.ts'

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

  test('turns to https when asked to', () => {
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
    const refusal = refusalOf(() => readServerAddress(host, plain))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID: Cannot call the host "/)
    expect(refusal).toContain(reason)
    expect(refusal).not.toContain('s3cret')
  })

  test('never leads to another host than the one that was typed', () => {
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
      { numRuns: 3_000 },
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
  ])('makes of the base URL %j the path %j', (baseUrl, pathname) => {
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
    const refusal = refusalOf(() => readServerAddress('host', { useHttps: false, baseUrl }))
    expect(refusal).toMatch(/^ARGUMENTS_INVALID: Cannot use the base URL "/)
    expect(refusal).toContain(reason)
    expect(refusal).not.toContain('s3cret')
  })
})
