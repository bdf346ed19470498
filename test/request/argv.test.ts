import { describe, expect, test } from '@jest/globals'
import { attempt } from '../../src/errors.ts'
import { hasFlag, informationFlag, parseArgv } from '../../src/request/argv.ts'
import { knownOptions } from '../../src/request/input_error.ts'
import { noOptions, type RunOptions } from '../../src/request/run_options.ts'
import { errorTextOf } from './error_text_of.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

describe('parseArgv()', () => {
  test.each<[string[], Partial<RunOptions>]>([
    [[], {}],
    [['host', '/a.ipynb'], { host: 'host', notebook: '/a.ipynb' }],
    [['host'], { host: 'host' }],
    [['/a'], { notebook: '/a' }],
    [['a.ipynb'], { notebook: 'a.ipynb' }],
    [['--verbose', 'host', '/a.ipynb'], { host: 'host', notebook: '/a.ipynb', verbose: true }],
    [['host', '--use-https', '/a.ipynb'], { host: 'host', notebook: '/a.ipynb', useHttps: true }],
    [['--verbose', 'true'], { host: 'true', verbose: true }],
    [['-k', 'python3'], { kernel: 'python3' }],
    [['-k=python3'], { kernel: 'python3' }],
    [['--kernel', 'python3'], { kernel: 'python3' }],
    [['--kernel=python3'], { kernel: 'python3' }],
    [['--kernel=a=b'], { kernel: 'a=b' }],
    [['--kernel', '__proto__'], { kernel: '__proto__' }],
    [['--kernel', '007'], { kernel: '007' }],
    [['--timeout', '0x10'], { timeout: '0x10' }],
    [['--timeout', '-5'], { timeout: '-5' }],
    [['--timeout', '1e3'], { timeout: '1e3' }],
    [['-o', '/a.ipynb', '--output=/b.html'], { output: ['/a.ipynb', '/b.html'] }],
    [['-p', 'a', '1', '--parameter=a', '-5'], { parameter: [['a', '1'], ['a', '-5']] }], // prettier-ignore
    [['8888', '1e3'], { host: '8888', notebook: '1e3' }],
    [['0x10', '007'], { host: '0x10', notebook: '007' }],
    [['--', '-x.ipynb'], { notebook: '-x.ipynb' }],
    [['-'], { notebook: '-' }],
    [['gs://b/x#12'], { notebook: 'gs://b/x#12' }],
    [['https://h.example/x.ipynb?a=b'], { notebook: 'https://h.example/x.ipynb?a=b' }],
    [['https://h.example/lab'], { host: 'https://h.example/lab' }],
    [['host', '-', '-o', '-'], { host: 'host', notebook: '-', output: ['-'] }],
    [['file:x.json'], { notebook: 'file:x.json' }],
    [['--start_timeout=5', '--execution-timeout', '9'], { startTimeout: '5', cellTimeout: '9' }],
    [['--log-output', '-l', 'r'], { verbose: true, language: 'r' }],
    [['--no-log-output', '--progress-bar', '--prepare-execute', '--not-report-mode'], {}],
    [['--no-report-mode'], {}],
    [['--progress-bar', 'host', '--progress-bar', '/a.ipynb'], { host: 'host', notebook: '/a.ipynb' }], // prettier-ignore
    [['host', '--', '--progress-bar'], { host: 'host', notebook: '--progress-bar' }],
    [['./x.json', '--cwd=/a'], { notebook: './x.json', cwd: '/a' }],
    [['host', '--', '--verbose'], { host: 'host', notebook: '--verbose' }],
    [['--verbose', '--', '—x'], { host: '—x', verbose: true }],
    [['__proto__', 'constructor'], { host: '__proto__', notebook: 'constructor' }],
    [['host\n--verbose', ''], { host: 'host\n--verbose', notebook: '' }],
  ])('parses %j', (args, options) => {
    expect(parseArgv(args)).toEqual({ ...noOptions, ...options })
  })

  test.each<[string[], string]>([
    [['--use-http'], '"--use-http": there is no such option; did you mean "--use-https"?'],
    [['--kernal', 'x'], '"--kernal": there is no such option; did you mean "--kernel"?'],
    [['--USE-HTTPS'], 'did you mean "--use-https"?'],
    [['--useHttps'], 'did you mean "--use-https"?'],
    [
      ['--engine', 'x'],
      '"--engine": the Jupyter Server runs the cells, and has no engines; leave it',
    ],
    [['--log-level=DEBUG'], '"--log-level": there are no levels of messages; use --verbose'],
    [['-kernel', 'x'], 'did you mean "--kernel"?'],
    [['---verbose'], 'did you mean "--verbose"?'],
    [['--no-verbose'], '"--no-verbose": there is no such option'],
    [['--frobnicate'], '"--frobnicate": there is no such option; see "nbtrigger --help"'],
    [['--token=s3cret'], '"--token": there is no such option'],
    [['-x'], '"-x": there is no such option; see "nbtrigger --help"'],
    [['-5'], '"-5": there is no such option'],
    [['-kv'], '"-kv": there is no such option'],
    [['--k', 'x'], '"--k": there is no such option'],
    [['--kernel.name', 'x'], '"--kernel.name": there is no such option'],
    [['--kernel\n=x'], '"--kernel\\n": there is no such option; did you mean "--kernel"?'],
    [['--__proto__', 'x'], '"--__proto__": there is no such option'],
    [['--constructor', 'x'], '"--constructor": there is no such option'],
    [['--toString'], '"--toString": there is no such option'],
    [['--=x'], '"--": there is no such option'],
    [['--kernel', '--use-http', 'host'], '"--use-http": there is no such option'],
    [['—use-https'], 'begins with "—" (U+2014), not "-"; write "--use-https"'],
    [['–k', 'x'], 'begins with "–" (U+2013), not "-"; write "-k"'],
    [['−−verbose'], 'begins with "−" (U+2212), not "-"; write "--verbose"'],
    [['－－json'], 'begins with "－" (U+FF0D), not "-"; write "--json"'],
    [['—whatever'], 'begins with "—" (U+2014), not "-"; write "-" or "--"'],
    [['--use‑https'], 'there is no such option; did you mean "--use-https"?'],
    [['-—verbose'], 'there is no such option; did you mean "--verbose"?'],
    [['--kernel', '—verbose'], 'begins with "—" (U+2014)'],
    [['host', '/my', 'report.ipynb'], '"report.ipynb": the host and the notebook are given'],
    [['a', 'b', '--', '-c'], '"-c": the host and the notebook are given before it'],
    [['a', 'b', 'http://u:pw@h/?token=s3cret'], '"…@h/…": the host and the notebook are given'],
    [['--kernel'], '"--kernel": its value is missing'],
    [['-k'], '"-k": its value is missing'],
    [['--kernel='], '"--kernel": its value is missing'],
    [['--kernel', ''], '"--kernel": its value is missing'],
    [['--kernel', '--verbose'], '"--kernel": its value is missing'],
    [['--kernel', '--progress-bar', '/a.ipynb'], '"--kernel": its value is missing'],
    [['--kernel', '--', 'a'], '"--kernel": its value is missing'],
    [['--verbose', '--verbose'], '"--verbose": it is given twice'],
    [['--timeout', '1', '--timeout=2'], '"--timeout": it is given twice'],
    [['--kernel', 'a', '-k', 'b'], '"-k": it is given twice'],
    [['--verbose=false'], '"--verbose": it takes no value; leave it out to turn it off'],
    [['--use-https=true'], '"--use-https": it takes no value'],
  ])('refuses %j', (args, reason) => {
    const errorText = errorTextOf(() => parseArgv(args))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot /)
    expect(errorText).toContain(reason)
    expect(errorText).not.toContain('s3cret')
  })

  test.each([
    { name: 'a slip', args: ['-p', 'n=3'], expected: '"-p n VALUE"' },
    { name: 'one before another flag', args: ['-p', 'n=3', '--json'], expected: '"-p n VALUE"' },
    { name: 'a long flag', args: ['--raw', 'n=s3cret', 'x'], expected: '"--raw n VALUE"' },
    { name: 'a flag with "="', args: ['--parameter=n=3'], expected: '"--parameter n VALUE"' },
    { name: 'a secret', args: ['--secret', 'KEY=s3cret'], expected: '"--secret KEY VALUE"' },
  ])('corrects $name that has name and value in one word', ({ args, expected }) => {
    const errorText = errorTextOf(() => parseArgv(['h', '/a.ipynb', ...args]))
    expect(errorText).toContain('is a name and a value in one word; write two words: ')
    expect(errorText).toContain(expected)
    expect(errorText).not.toContain('s3cret')
  })

  test.each([
    { name: 'a flag of an option', args: ['-p', 'a', '--json', '-p', 'b', '2'] },
    { name: 'a flag that changes nothing', args: ['-p', 'a', '--progress-bar', '-p', 'b', '2'] },
    { name: 'the end', args: ['-p', 'b', '2', '-p', 'a'] },
  ])('knows the parameters that are whole, not one before $name', ({ args }) => {
    const { options } = knownOptions(attempt(() => parseArgv(['h', '/a.ipynb', ...args])))
    expect(options.parameter).toEqual([['b', '2']])
    expect(options.notebook).toBe('/a.ipynb')
  })

  test.each([
    { name: 'positionals', argsOf: (size: number) => Array.from({ length: size }, String) },
    { name: 'flags', argsOf: (size: number) => Array.from({ length: size }, () => '--verbose') },
    {
      name: 'negative numbers',
      argsOf: (size: number) => ['-k', ...Array.from({ length: size / 5 }, () => '-5')],
    },
  ])('refuses very many $name in linear time', ({ argsOf }) => {
    const refuse = (size: number) => errorTextOf(() => parseArgv(argsOf(size)))
    expect(refuse(100_000)).toMatch(/^ARGUMENTS_INVALID/)
    expect(scalingOf(refuse)).toBeLessThan(maxLinearScaling)
  })
})

describe('informationFlag()', () => {
  test.each<[string[], 'help' | 'version' | null]>([
    [['--help'], 'help'],
    [['--version'], 'version'],
    [['--version', '--help'], 'version'],
    [['host', '-h'], 'help'],
    [['-V'], 'version'],
    [['--', '-h'], null],
    [['--frobnicate', '-k', '--help'], 'help'],
    [['host', '/a.ipynb'], null],
    [['--', '--help'], null],
    [[], null],
  ])('finds the information flag in %j', (args, asked) => {
    expect(informationFlag(args)).toBe(asked)
  })
})

test.each([
  [['h', '/a.ipynb', '--json'], true],
  [['--json', '--nonsense'], true],
  [['h', '/a.ipynb'], false],
  [['h', '/a.ipynb', '--jsonx'], false],
  [['h', '/a.ipynb', '--', '--json'], false],
])('hasFlag() looks for the flag before "--": %j', (args, found) => {
  expect(hasFlag(args, '--json')).toBe(found)
})
