import { describe, expect, test } from '@jest/globals'
import { type JupyterResponse, serverMessage } from '../../src/jupyter/response.ts'
import { responseError, unreachable } from '../../src/jupyter/response_error.ts'

const url = new URL('http://jupyter.test:8888/user/ann/')

function answer(changes: Partial<JupyterResponse>): JupyterResponse {
  const none = {
    json: undefined,
    isHtml: false,
    location: null,
    serverName: '',
    setCookies: [],
    account: null,
  }
  return { status: 200, ...none, ...changes }
}

const google = { isHtml: true, serverName: 'Google Frontend' }
const json403 = { status: 403, json: { message: 'Forbidden', reason: null } }
const xsrf = "'_xsrf' argument missing from POST"

describe('refusal()', () => {
  test.each([
    ['a wrong token', json403, 'TOKEN_REFUSED', '(403: Forbidden)'],
    [
      'a server without a token, which we could not win over',
      { status: 403, json: { message: xsrf } },
      'TOKEN_REFUSED',
      `does not know the token and refuses the call as a cross-site request (403: ${xsrf})`,
    ],
    ["Kernel Gateway's 401", { status: 401, json: {} }, 'TOKEN_REFUSED', '(401)'],
    ['Cloud Run', { status: 403, ...google }, 'IAM_REFUSED', '(403); set NBTRIGGER_AUTH=iam'],
    ['IAM with 401', { status: 401, ...google }, 'IAM_REFUSED', '(401); set NBTRIGGER_AUTH=iam'],
    [
      'an account without the role',
      { status: 403, ...google, account: 'a@b.test' },
      'IAM_REFUSED',
      '(403); give "a@b.test" the role roles/run.invoker on the service behind jupyter.test:8888',
    ],
    [
      'a token that is for another service',
      { status: 401, ...google, account: 'a@b.test' },
      'IAM_REFUSED',
      '(401); it does not take the ID token of "a@b.test" for jupyter.test:8888',
    ],
    [
      'Jupyter behind Google',
      { ...json403, serverName: 'Google Frontend' },
      'TOKEN_REFUSED',
      '(403',
    ],
    [
      'a proxy',
      { status: 403, isHtml: true, serverName: 'nginx' },
      'SERVER_NOT_JUPYTER',
      'in front',
    ],
    ['JupyterHub', { status: 424, json: { message: 'down' } }, 'SERVER_UNREACHABLE', 'not running'],
    ['too many calls', { status: 429 }, 'SERVER_UNREACHABLE', 'answers 429'],
    ['trouble', { status: 500, json: { message: 'oh' } }, 'SERVER_UNREACHABLE', 'answers 500: oh'],
    ['a page instead', { status: 200, isHtml: true }, 'SERVER_NOT_JUPYTER', 'check the host'],
    ['not found', { status: 404, isHtml: true }, 'SERVER_NOT_JUPYTER', '--base-url'],
    [
      'https',
      { status: 301, location: 'https://jupyter.test/' },
      'SERVER_NOT_JUPYTER',
      '--use-https',
    ],
    ['a login', { status: 302, location: '/login?next=%2Fapi' }, 'TOKEN_REFUSED', '/login)'],
    ['a hub', { status: 302, location: '/hub/user/ann/api' }, 'TOKEN_REFUSED', '--base-url'],
    [
      'IAP',
      { status: 302, location: 'https://accounts.google.com/o/oauth2?x=1' },
      'IAM_REFUSED',
      'IAP',
    ],
    [
      'another place',
      { status: 307, location: 'http://b.test/?k=1' },
      'SERVER_NOT_JUPYTER',
      'never followed',
    ],
    ['no place', { status: 302 }, 'SERVER_NOT_JUPYTER', 'to nowhere'],
    ['a bad place', { status: 302, location: 'http://[' }, 'SERVER_NOT_JUPYTER', 'to nowhere'],
  ])('responseError() distinguishes %s', (_, changes, code, said) => {
    const error = responseError('list the kernels', url, answer(changes))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(/^Cannot list the kernels: .*[^.]$/)
    expect(error.message).toContain(said)
  })

  test('responseError() does not show the query of a redirect', () => {
    const location = 'http://b.test/x?token=secret#secret'
    expect(responseError('call', url, answer({ status: 302, location })).message).not.toContain(
      'secret',
    )
  })
})

describe('spoken()', () => {
  test.each([
    [{ message: 'Forbidden' }, ': Forbidden'],
    [{ message: 'a\n  b\u001b[31mc\u001b[0m' }, ': a bc'],
    [{ message: 'x'.repeat(400) }, `: ${'x'.repeat(300)}…`],
    [{ message: '' }, ''],
    [{ message: { text: 'no' } }, ''],
    [{ traceback: 'secret' }, ''],
    ['text', ''],
    [undefined, ''],
  ])('serverMessage() of %j is short and on one line', (json, expected) => {
    expect(serverMessage(answer({ json }))).toBe(expected)
  })
})

describe('unreachable()', () => {
  const https = new URL('https://jupyter.test/')

  test.each([
    [url, 'ECONNREFUSED', 'SERVER_UNREACHABLE', 'nothing listens there'],
    [url, 'ECONNRESET', 'SERVER_UNREACHABLE', 'add --use-https'],
    [https, 'ECONNRESET', 'SERVER_UNREACHABLE', 'it closed the connection'],
    [url, 'ENOTFOUND', 'SERVER_UNREACHABLE', 'no host of this name'],
    [url, 'EODD', 'SERVER_UNREACHABLE', 'EODD'],
    [url, undefined, 'SERVER_UNREACHABLE', 'the connection failed'],
    [https, 'EPROTO', 'TLS_FAILED', 'leave out --use-https'],
    [https, 'CERT_HAS_EXPIRED', 'TLS_FAILED', 'has expired'],
    [https, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_FAILED', 'NODE_EXTRA_CA_CERTS'],
    [https, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS_FAILED', 'not trusted'],
    [https, 'ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED', 'another host name'],
  ])('unreachable() explains at %s what %s means', (place, code, expected, said) => {
    const cause = Object.assign(new Error('with a secret in its text'), { code })
    const error = unreachable('call', place, cause)
    expect(error).toMatchObject({ code: expected, cause })
    expect(error.message).toContain(said)
    expect(error.message).not.toContain('secret')
  })

  test.each([null, undefined, 'text', { code: 7 }])(
    'unreachable() reads a cause of %j',
    (cause) => {
      expect(unreachable('call', url, cause).code).toBe('SERVER_UNREACHABLE')
    },
  )
})
