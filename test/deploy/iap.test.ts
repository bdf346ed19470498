import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../support/describe_with.ts'
import { argsOf, findCall } from './calls.ts'
import { deployed, StandIn } from './stand_in.ts'

const page = {
  HTTP_IAP: '1',
  HTTP_PAGE: '1',
  HTTP_SERVICE: 'nbtrigger-page',
  HTTP_CALLERS: 'user:ann@example.com group:data@example.com',
}

describeWith('openssl', 'deploy.sh with HTTP_IAP=1', () => {
  test('puts Identity-Aware Proxy before the service, and admits people to it', async () => {
    await using machine = await StandIn.make(deployed)
    expect(await machine.run('deploy.sh', ['http'], page)).toMatchObject({ status: 0 })
    const calls = await machine.calls()
    const lines = argsOf(calls).map((args) => args.join(' '))
    const order = [
      'services enable iap.googleapis.com ',
      'beta services identity create --service=iap.googleapis.com ',
      'beta run deploy nbtrigger-page ',
      'run services add-iam-policy-binding nbtrigger-page ',
      'beta iap web add-iam-policy-binding ',
    ].map((start) => lines.findIndex((line) => line.startsWith(start)))
    expect(order).not.toContain(-1)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(findCall(calls, 'beta run deploy nbtrigger-page').args).toContain('--iap')
    const agent = 'serviceAccount:service-123456789@gcp-sa-iap.iam.gserviceaccount.com'
    expect(grantsOf(lines, 'nbtrigger-page')).toEqual([
      ['roles/run.invoker', agent],
      ['roles/iap.httpsResourceAccessor', 'user:ann@example.com'],
      ['roles/iap.httpsResourceAccessor', 'group:data@example.com'],
    ])
  })

  test('is left as it is without the setting, and turned off with 0', async () => {
    await using machine = await StandIn.make(deployed)
    await machine.run('deploy.sh', ['http'])
    const { args } = findCall(await machine.calls(), 'run deploy nbtrigger-http')
    expect(args.filter((arg) => arg.includes('iap'))).toEqual([])
    await machine.run('deploy.sh', ['http'], { HTTP_IAP: '0' })
    const again = findCall(await machine.calls(), 'beta run deploy nbtrigger-http')
    expect(again.args).toContain('--no-iap')
  })
})

describe('deploy.sh', () => {
  test.each([
    {
      name: 'a key together with Identity-Aware Proxy',
      env: { HTTP_IAP: '1', HTTP_SECRET: 'nbtrigger-key' },
      reason: 'Cannot use HTTP_IAP together with HTTP_SECRET',
    },
    { name: 'another value', env: { HTTP_IAP: 'yes' }, reason: 'Cannot use HTTP_IAP "yes"' },
  ])('refuses $name before any change', async ({ env, reason }) => {
    await using machine = await StandIn.make(deployed)
    const { status, stderr } = await machine.run('deploy.sh', [], env)
    expect([status, stderr]).toEqual([2, expect.stringContaining(reason)])
    const made = argsOf(await machine.calls()).filter(([verb]) => verb === 'services')
    expect(made).toEqual([])
  })
})

/** Who gets which role on the service, in the order of the calls. */
function grantsOf(lines: readonly string[], service: string): readonly (readonly string[])[] {
  const grants = lines.filter(
    (line) => line.includes('add-iam-policy-binding') && line.includes(service),
  )
  return grants.map((line) => [
    / --role=(\S+)/.exec(line)?.[1] ?? '',
    / --member=(\S+)/.exec(line)?.[1] ?? '',
  ])
}
