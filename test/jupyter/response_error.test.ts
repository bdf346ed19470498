import { describe, expect, test } from '@jest/globals'
import { responseError, serverMessage, unreachable } from '../../src/jupyter/response_error.ts'
import { jupyterResponse } from '../support/jupyter_response.ts'

const url = new URL('http://jupyter.test:8888/user/ann/')

const google = { isHtml: true, serverName: 'Google Frontend' }
const json403 = { status: 403, json: { message: 'Forbidden', reason: null } }
const xsrf = "'_xsrf' argument missing from POST"

describe('refusal()', () => {
  test.each([
    { name: 'a wrong token', changes: json403, code: 'TOKEN_REFUSED', said: '(403: Forbidden)' },
    {
      name: 'a server without a token, which we could not win over',
      changes: { status: 403, json: { message: xsrf } },
      code: 'TOKEN_REFUSED',
      said: `does not know the token and refuses the call as a cross-site request (403: ${xsrf})`,
    },
    {
      name: "Kernel Gateway's 401",
      changes: { status: 401, json: {} },
      code: 'TOKEN_REFUSED',
      said: '(401)',
    },
    {
      name: 'Cloud Run',
      changes: { status: 403, ...google },
      code: 'IAM_REFUSED',
      said: '(403); set NBTRIGGER_AUTH=iam',
    },
    {
      name: 'IAM with 401',
      changes: { status: 401, ...google },
      code: 'IAM_REFUSED',
      said: '(401); set NBTRIGGER_AUTH=iam',
    },
    {
      name: 'an account without the role',
      changes: { status: 403, ...google, account: 'a@b.test' },
      code: 'IAM_REFUSED',
      said: '(403); give "a@b.test" the role roles/run.invoker on the service behind jupyter.test:8888',
    },
    {
      name: 'a token that is for another service',
      changes: { status: 401, ...google, account: 'a@b.test' },
      code: 'IAM_REFUSED',
      said: '(401); it does not take the ID token of "a@b.test" for jupyter.test:8888',
    },
    {
      name: 'Jupyter behind Google',
      changes: { ...json403, serverName: 'Google Frontend' },
      code: 'TOKEN_REFUSED',
      said: '(403',
    },
    {
      name: 'a proxy',
      changes: { status: 403, isHtml: true, serverName: 'nginx' },
      code: 'SERVER_NOT_JUPYTER',
      said: 'in front',
    },
    {
      name: 'JupyterHub',
      changes: { status: 424, json: { message: 'down' } },
      code: 'SERVER_UNREACHABLE',
      said: 'not running',
    },
    {
      name: 'too many calls',
      changes: { status: 429 },
      code: 'SERVER_UNREACHABLE',
      said: 'answers 429',
    },
    {
      name: 'trouble',
      changes: { status: 500, json: { message: 'oh' } },
      code: 'SERVER_UNREACHABLE',
      said: 'answers 500: oh',
    },
    {
      name: 'a page instead',
      changes: { status: 200, isHtml: true },
      code: 'SERVER_NOT_JUPYTER',
      said: 'check the host',
    },
    {
      name: 'not found',
      changes: { status: 404, isHtml: true },
      code: 'SERVER_NOT_JUPYTER',
      said: '--base-url',
    },
    {
      name: 'https',
      changes: { status: 301, location: 'https://jupyter.test/' },
      code: 'SERVER_NOT_JUPYTER',
      said: '--use-https',
    },
    {
      name: 'a login',
      changes: { status: 302, location: '/login?next=%2Fapi' },
      code: 'TOKEN_REFUSED',
      said: '/login)',
    },
    {
      name: 'a server that JupyterHub has stopped',
      changes: { status: 302, location: '/hub/user/ann/api' },
      code: 'SERVER_UNREACHABLE',
      said: 'is not running (302); start it there, or let the run have one of its own: --hub USER',
    },
    {
      name: 'a server that JupyterHub starts',
      changes: { status: 303, location: '/prefix/hub/spawn-pending/ann?next=x' },
      code: 'SERVER_UNREACHABLE',
      said: 'is not running (303)',
    },
    {
      name: 'the login of a Hub elsewhere',
      changes: { status: 302, location: 'http://hub.test/hub/user/ann' },
      code: 'TOKEN_REFUSED',
      said: '--base-url',
    },
    {
      name: 'IAP',
      changes: { status: 302, location: 'https://accounts.google.com/o/oauth2?x=1' },
      code: 'IAM_REFUSED',
      said: 'IAP',
    },
    {
      name: 'another place',
      changes: { status: 307, location: 'http://b.test/?k=1' },
      code: 'SERVER_NOT_JUPYTER',
      said: 'never followed',
    },
    { name: 'no place', changes: { status: 302 }, code: 'SERVER_NOT_JUPYTER', said: 'to nowhere' },
    {
      name: 'a bad place',
      changes: { status: 302, location: 'http://[' },
      code: 'SERVER_NOT_JUPYTER',
      said: 'to nowhere',
    },
  ])('responseError() distinguishes $name', ({ changes, code, said }) => {
    const error = responseError('list the kernels', url, jupyterResponse(changes))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(/^Cannot list the kernels: .*[^.]$/)
    expect(error.message).toContain(said)
  })

  test('responseError() does not show the query of a redirect', () => {
    const location = 'http://b.test/x?token=secret#secret'
    expect(
      responseError('call', url, jupyterResponse({ status: 302, location })).message,
    ).not.toContain('secret')
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
    expect(serverMessage(jupyterResponse({ json }))).toBe(expected)
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
