import { describe, expect, test } from '@jest/globals'
import { skippedSummary, titleWithout } from './skipped.ts'

const tls = titleWithout('https', ['openssl'])
const both = titleWithout('Jupyter Server 1 behind https', ['openssl', 'debian-jupyter'])

describe('skippedSummary()', () => {
  test('counts the skipped tests of each part, and says how to install all parts', () => {
    const tests = [
      { status: 'passed', ancestorTitles: ['a server'] },
      { status: 'pending', ancestorTitles: ['a server', tls] },
      { status: 'pending', ancestorTitles: [tls, 'a proxy'] },
      { status: 'pending', ancestorTitles: [both] },
    ]
    expect(skippedSummary(tests)).toBe(
      [
        'Skipped for want of something on this machine: 3 tests',
        '  openssl: 3 tests',
        '  debian-jupyter: 1 test',
        'To run them too:',
        '  apt-get install --no-install-recommends openssl jupyter-server python3-ipykernel',
      ].join('\n'),
    )
  })

  test('is empty if all parts exist, whatever else was skipped', () => {
    const tests = [
      { status: 'pending', ancestorTitles: ['not chosen'] },
      { status: 'failed', ancestorTitles: [tls] },
    ]
    expect(skippedSummary(tests)).toBeNull()
  })
})
