import { describe, expect, test } from '@jest/globals'
import { readAudience } from '../../src/request/audience.ts'
import { refusalOf } from './refusal_of.ts'

const cloudRun = 'https://jupyter-abc-ew.a.run.app/user/ann/'
const onCloudRun = { K_SERVICE: 'nbtrigger' }

describe('readAudience()', () => {
  test.each([
    ['on Cloud Run', cloudRun, onCloudRun, 'https://jupyter-abc-ew.a.run.app'],
    ['in a job', cloudRun, { CLOUD_RUN_JOB: 'j' }, 'https://jupyter-abc-ew.a.run.app'],
    ['with a port', 'https://a.run.app:443/', onCloudRun, 'https://a.run.app'],
    ['with a dot at the end', 'https://a.run.app./', onCloudRun, 'https://a.run.app'],
    ['on a laptop', cloudRun, {}, null],
    ['where the variable is empty', cloudRun, { K_SERVICE: '' }, null],
    ['to another host', 'https://jupyter.test/', onCloudRun, null],
    ['to a name that only looks like it', 'https://xrun.app/', onCloudRun, null],
    ['to a name that goes on', 'https://a.run.app.test/', onCloudRun, null],
    ['over plain http', 'http://127.0.0.1:8888/', onCloudRun, null],
  ])('by itself, %s', (_, server, env, audience) => {
    expect(readAudience(new URL(server), env)).toBe(audience)
    const said = { ...env, NBTRIGGER_AUTH: ' auto ' }
    expect(readAudience(new URL(server), said)).toBe(audience)
  })

  test('with "iam" it is any origin that speaks https', () => {
    const env = { NBTRIGGER_AUTH: 'iam' }
    const server = new URL('https://jupyter.test:8443/base/')
    expect(readAudience(server, env)).toBe('https://jupyter.test:8443')
  })

  test('with "none" there is none', () => {
    expect(readAudience(new URL(cloudRun), { ...onCloudRun, NBTRIGGER_AUTH: 'none' })).toBeNull()
  })

  test.each(['http://127.0.0.1:8888/', 'http://jupyter.internal/', 'http://jupyter.test/'])(
    'with "iam" nothing goes over plain http to %s',
    (server) => {
      const refused = refusalOf(() => readAudience(new URL(server), { NBTRIGGER_AUTH: 'iam' }))
      expect(refused).toMatch(/^HTTP_NOT_ALLOWED: /)
      expect(refused).toContain('add --use-https, or set NBTRIGGER_AUTH=none')
    },
  )

  test.each(['IAM', 'yes', 'iam none'])('NBTRIGGER_AUTH cannot be %j', (auth) => {
    const refused = refusalOf(() => readAudience(new URL(cloudRun), { NBTRIGGER_AUTH: auth }))
    expect(refused).toContain(
      `ARGUMENTS_INVALID: Cannot use "${auth}" as NBTRIGGER_AUTH: it is "auto"`,
    )
  })
})
