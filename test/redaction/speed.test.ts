import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/redaction/redactor.ts'

/** The least CPU time of a few tries, in milliseconds. */
function cpuMs(work: () => void, tries = 3): number {
  const once = () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  return Math.min(...Array.from({ length: tries }, once))
}

function tokens(count: number): readonly string[] {
  return Array.from({ length: count }, () => randomBytes(24).toString('hex'))
}

const words = 'the quick brown fox jumps over a lazy dog 0.123 loss= epoch 17 /path/to/file.py\n'
/** Different lines, as a notebook prints them. */
const ordinary = Array.from({ length: 30_000 }, (_, line) => `${line} ${words}`).join('')

describe('masking', () => {
  test('takes about as long for 100 secrets as for one', () => {
    const [one, hundred] = [createRedactor(tokens(1)), createRedactor(tokens(100))]
    const mask = (redactor: typeof one) => cpuMs(() => redactor.text(ordinary))
    mask(one) // warms up
    expect(mask(hundred)).toBeLessThan(4 * mask(one) + 20)
  })

  const token = '6f1d2a9c0b7e4f58a1c3d5e7f90b2d4c6e8fa0b1c2d3e4f5'
  test.each<[string, string, (length: number) => string]>([
    ['the beginning of a secret again and again', token, (n) => repeated(token.slice(0, -1), n)],
    ['what a secret repeats', `${'a'.repeat(1000)}b`, (n) => repeated('a', n)],
    ['what a short secret repeats', 'aaaaaaab', (n) => repeated('a', n)],
    ['marks of what was cut off', token, (n) => repeated('...', n)],
    ['backslashes', token, (n) => repeated('\\', n)],
    ['line ends', token, (n) => repeated('\n', n)],
    ['lines of letters', token, (n) => repeated('abcdefgh\n', n)],
    ['escape sequences without an end', token, (n) => repeated('\u001b]', n)],
    ['escape sequences that are only begun', token, (n) => repeated('\u001b[1;', n)],
    ['one long line of letters', token, (n) => `${repeated('ab', n)}\\`],
  ])('takes ten times as long for ten times as much of %s', (_, secret, make) => {
    const { text } = createRedactor([secret])
    const [short, long] = [make(100_000), make(1_000_000)]
    text(short) // warms up
    expect(cpuMs(() => text(long))).toBeLessThan(30 * cpuMs(() => text(short)) + 100)
  })

  test.each([
    { name: 'in one line', shape: (text: string) => text },
    {
      name: 'in lines, as a certificate',
      shape: (text: string) => text.replaceAll(/.{64}/g, '$&\n'),
    },
  ])('masks a secret of 1 MiB $name completely', ({ shape }) => {
    const secret = shape(randomBytes(700_000).toString('base64')).slice(0, 2 ** 20)
    const { text } = createRedactor([secret])
    expect(text(`a ${secret} b`) === 'a [redacted] b').toBe(true)
    const encoded = Buffer.from(secret).toString('base64').replaceAll(/.{76}/g, '$&\n')
    expect(text(`a ${encoded} b`).length).toBeLessThan(30)
    expect(text(`a ${JSON.stringify(secret).slice(1, -1)} b`) === 'a [redacted] b').toBe(true)
    // Of one that was cut, too.
    expect(text(`a ${secret.slice(0, 500_000)} b`).length).toBeLessThan(100)
  })
})

function repeated(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length))
}
