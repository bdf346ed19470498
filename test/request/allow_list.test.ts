import { describe, expect, test } from '@jest/globals'
import { checkHost } from '../../src/request/allow_list.ts'
import { accepted, errorTextOf } from './error_text_of.ts'

describe('checkHost()', () => {
  test.each([
    ['http://lab', { JUPYTER_ALLOWED_HOSTS: 'lab' }],
    ['https://lab', { JUPYTER_ALLOWED_HOSTS: 'lab' }],
    ['https://lab', { JUPYTER_ALLOWED_HOSTS: 'lab:443' }],
    ['http://lab:8888', { JUPYTER_ALLOWED_HOSTS: ' other , lab:8888 ,' }],
    ['http://lab.', { JUPYTER_ALLOWED_HOSTS: 'LAB' }],
    ['http://lab', { JUPYTER_ALLOWED_HOSTS: 'Lab.' }],
    ['http://bücher.example', { JUPYTER_ALLOWED_HOSTS: 'xn--bcher-kva.example' }],
    ['http://[::1]:8888', { JUPYTER_ALLOWED_HOSTS: '[::1]:8888' }],
    ['http://anything:1', { JUPYTER_ALLOWED_HOSTS: '*' }],
    ['http://anything:1', { JUPYTER_ALLOWED_HOSTS: 'lab,*' }],
    ['http://lab:8888', { JUPYTER_SERVER: 'lab:8888' }],
    ['https://lab', { JUPYTER_SERVER: 'lab' }],
    ['http://lab:8888', { JUPYTER_SERVER: 'lab:8888', JUPYTER_ALLOWED_HOSTS: 'other' }],
  ])('allows the function to call %s with %j', (url, env) => {
    expect(errorTextOf(() => checkHost(new URL(url), env, 'function'))).toBe(accepted)
  })

  test.each([
    ['http://lab', {}],
    ['http://lab', { JUPYTER_ALLOWED_HOSTS: '', JUPYTER_SERVER: ' ' }],
    ['http://lab:8888', { JUPYTER_ALLOWED_HOSTS: 'lab' }],
    ['https://lab', { JUPYTER_ALLOWED_HOSTS: 'lab:80' }],
    ['http://lab:8888', { JUPYTER_SERVER: 'lab' }],
    ['http://lab.evil.example', { JUPYTER_ALLOWED_HOSTS: 'lab' }],
    ['http://evil-lab', { JUPYTER_ALLOWED_HOSTS: 'lab' }],
    ['http://127.0.0.1', { JUPYTER_ALLOWED_HOSTS: 'localhost' }],
    ['http://169.254.169.254', { JUPYTER_SERVER: 'lab' }],
  ])('does not allow the function to call %s with %j', (url, env) => {
    expect(errorTextOf(() => checkHost(new URL(url), env, 'function'))).toMatch(
      /^HOST_NOT_ALLOWED: Cannot call ".+": it is neither JUPYTER_SERVER nor in JUPYTER_ALLOWED_HOSTS/,
    )
  })

  test('allows the command to call any host without a list', () => {
    expect(
      errorTextOf(() => checkHost(new URL('http://lab'), { JUPYTER_SERVER: 'other' }, 'command')),
    ).toBe(accepted)
  })

  test('allows the command to call only the hosts of the list if there is one', () => {
    const env = { JUPYTER_ALLOWED_HOSTS: 'other', JUPYTER_SERVER: 'mine' }
    expect(errorTextOf(() => checkHost(new URL('http://mine'), env, 'command'))).toBe(accepted)
    expect(errorTextOf(() => checkHost(new URL('http://lab'), env, 'command'))).toMatch(
      /^HOST_NOT_ALLOWED/,
    )
  })

  test.each([
    [
      { JUPYTER_ALLOWED_HOSTS: 'lab,https://x.example' },
      'Cannot read the entry of JUPYTER_ALLOWED_HOSTS "https://x.example": it is a URL',
    ],
    [{ JUPYTER_ALLOWED_HOSTS: '*.example' }, 'JUPYTER_ALLOWED_HOSTS "*.example": '],
    [{ JUPYTER_ALLOWED_HOSTS: 'lab other' }, 'JUPYTER_ALLOWED_HOSTS "lab other": '],
    [{ JUPYTER_SERVER: 'https://lab' }, 'Cannot read JUPYTER_SERVER "https://lab": it is a URL'],
  ])('names the invalid entry in %j', (env, message) => {
    const errorText = errorTextOf(() => checkHost(new URL('http://lab'), env, 'function'))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID/)
    expect(errorText).toContain(message)
  })
})
