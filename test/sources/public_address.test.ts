import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import {
  checkLiteralAddress,
  isPublicAddress,
  publicLookup,
} from '../../src/sources/public_address.ts'
import { accepted, errorTextOf } from '../request/error_text_of.ts'

const privateAddresses = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.8.9.10',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '4000::1',
  'localhost',
  '',
]

const publicAddresses = [
  '8.8.8.8',
  '140.82.112.3',
  '172.32.0.1',
  '2606:50c0:8000::153',
  '::ffff:8.8.8.8',
]

describe('isPublicAddress()', () => {
  test.each(privateAddresses)('refuses %j', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test.each(publicAddresses)('accepts %j', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
})

describe('checkLiteralAddress()', () => {
  test.each([
    'https://127.0.0.1/a',
    'https://2130706433/a',
    'https://0x7f.1/a',
    'https://0177.0.0.1/a',
    'https://127.1/a',
    'https://[::1]/a',
    'https://[::ffff:127.0.0.1]/a',
    'https://[fd00::1]/a',
    'https://169.254.169.254/a',
    'https://%31%32%37.0.0.1/a',
    'https://①②⑦.0.0.1/a',
  ])('refuses the host of %s', (text) => {
    const errorText = errorTextOf(() => checkLiteralAddress(new URL(text).hostname))
    expect(errorText).toMatch(/^SOURCE_NOT_ALLOWED: .*is not one of the public internet/)
  })

  test.each(['https://8.8.8.8/a', 'https://example.com/a', 'https://[2606:50c0:8000::153]/'])(
    'leaves the host of %s',
    (text) => {
      expect(errorTextOf(() => checkLiteralAddress(new URL(text).hostname))).toBe(accepted)
    },
  )
})

interface Found {
  readonly error: unknown
  readonly address: unknown
  readonly refused: readonly RunError[]
}

async function lookUp(addresses: readonly string[], all: boolean): Promise<Found> {
  const refused: RunError[] = []
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const lookup = publicLookup(
    (error) => refused.push(error),
    (_, __, callback) => callback(null, found),
  )
  return await new Promise((resolve) => {
    lookup('rebinding.example', { all }, (error, address) => resolve({ error, address, refused }))
  })
}

describe('publicLookup()', () => {
  test.each([[['127.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['8.8.8.8', '::1']]])(
    'refuses a name with the addresses %j, of which a connection would take one',
    async (addresses) => {
      for (const all of [true, false]) {
        const { error, refused } = await lookUp(addresses, all)
        expect(error).toBe(refused[0])
        expect(refused).toEqual([expect.objectContaining({ code: 'SOURCE_NOT_ALLOWED' })])
      }
    },
  )

  test('hands on the addresses that were checked', async () => {
    const { error, address } = await lookUp(['8.8.8.8', '2606:50c0:8000::153'], true)
    expect([error, address]).toEqual([null, [expect.objectContaining({ address: '8.8.8.8' }), expect.anything()]]) // prettier-ignore
    expect((await lookUp(['8.8.8.8'], false)).address).toBe('8.8.8.8')
  })
})
