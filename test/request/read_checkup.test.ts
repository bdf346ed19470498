import { describe, expect, test } from '@jest/globals'
import { readCheckup } from '../../src/request/read_checkup.ts'
import { refusalOf } from './refusal_of.ts'

const JUPYTER_TOKEN = 't0ken'
const noFile = () => ''

describe('readCheckup()', () => {
  test('needs no notebook', () => {
    const { request, notebookPath } = readCheckup(['host:8888'], { JUPYTER_TOKEN }, noFile)
    expect(request.server.href).toBe('http://host:8888/')
    expect(notebookPath).toBeNull()
  })

  test('takes host and notebook from the environment, and the words of a run as they are', () => {
    const env = { JUPYTER_TOKEN, JUPYTER_SERVER: 'host', JUPYTER_NOTEBOOK: 'a.ipynb' }
    expect(readCheckup([], env, noFile).notebookPath).toBe('/a.ipynb')
    const words = ['host', '/b.ipynb', '-p', 'day', '1', '--timeout', '60', '-k', 'ir']
    expect(readCheckup(words, env, noFile)).toMatchObject({
      notebookPath: '/b.ipynb',
      request: { kernelName: 'ir' },
    })
  })

  test.each([
    [[], 'ARGUMENTS_INVALID: Cannot run a notebook: the host is missing'],
    [['host', '--nonsense'], 'ARGUMENTS_INVALID: Cannot read the argument "--nonsense"'],
    [['x.run.app'], 'HTTP_NOT_ALLOWED'],
  ])('refuses %j as a run does', (words, refusal) => {
    expect(refusalOf(() => readCheckup(words, { JUPYTER_TOKEN }, noFile))).toContain(refusal)
  })
})
