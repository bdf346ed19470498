import { describe, expect, test } from '@jest/globals'
import { contentsError, sizeOf } from '../../src/jupyter/contents.ts'
import { renderError } from '../../src/jupyter/nbconvert.ts'
import type { JupyterResponse } from '../../src/jupyter/response_error.ts'
import { jupyterResponse } from '../support/jupyter_response.ts'

const url = new URL('http://jupyter.test:8888/user/ann/')

function told(status: number, message: string): Partial<JupyterResponse> {
  return { status, json: { message } }
}

describe('contentsError()', () => {
  test.each<[Partial<JupyterResponse>, string, string]>([
    [told(400, 'Not a directory'), 'OUTPUT_NOT_SAVED', 'refuses (400: Not a directory)'],
    [told(403, 'Permission denied: a'), 'OUTPUT_NOT_SAVED', 'gives this token no access there'],
    [told(404, 'outside root'), 'OUTPUT_NOT_SAVED', 'has no such place for files (404: outside'],
    [told(409, 'exists'), 'OUTPUT_NOT_SAVED', 'refuses (409: exists)'],
    [{ status: 413, isHtml: true }, 'OUTPUT_NOT_SAVED', 'it is larger than'],
    [told(401, 'Unauthorized'), 'TOKEN_REFUSED', 'refuses the token (401: Unauthorized)'],
    [told(424, 'stopped'), 'SERVER_UNREACHABLE', "this user's server is not running (424)"],
    [told(429, 'slow down'), 'SERVER_UNREACHABLE', 'answers 429: slow down'],
    [told(500, 'No space left'), 'SERVER_UNREACHABLE', 'answers 500: No space left'],
    [{ status: 404, isHtml: true }, 'SERVER_NOT_JUPYTER', 'check the host and --base-url'],
    [{ status: 403, isHtml: true, serverName: 'gfe' }, 'IAM_REFUSED', 'NBTRIGGER_AUTH=iam'],
    [{ status: 302, location: '/hub/login' }, 'TOKEN_REFUSED', 'redirects to a login page'],
  ])('of %j is %s', (changes, code, reason) => {
    const error = contentsError('save "/a.ipynb"', url, jupyterResponse(changes))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^Cannot save "\/a.ipynb": .*[^.]$/)
    expect(error.message).toContain(reason)
  })
})

describe('renderError()', () => {
  test.each<[Partial<JupyterResponse>, string]>([
    [{ status: 404, isHtml: true }, 'has no nbconvert (404); install nbconvert'],
    [{ status: 500, isHtml: true }, 'nbconvert fails (500); install nbconvert'],
    [{ status: 413, isHtml: true }, 'it is larger than'],
    [{ status: 503 }, 'answers 503'],
  ])('of %j', (changes, reason) => {
    const { message } = renderError('render the notebook as a page', url, jupyterResponse(changes))
    expect(message).toMatch(/^Cannot render the notebook as a page: .*[^.]$/)
    expect(message).toContain(reason)
  })
})

describe('sizeOf()', () => {
  test.each<[unknown, number | null]>([
    [{ size: 12 }, 12],
    [{ size: 0 }, 0],
    [{ size: null }, null],
    [{}, null],
    [undefined, null],
  ])('of %j is %j', (json, size) => {
    expect(sizeOf(jupyterResponse({ json }))).toBe(size)
  })
})
