import { describe, expect, test } from '@jest/globals'
import { checkSource, namedAddress } from '../../src/request/source_policy.ts'
import { parseSource } from '../../src/sources/sources.ts'
import { errorTextOf } from './error_text_of.ts'

const list =
  'reports=gs://bucket/reports/, gs://pinned/x.ipynb#17,https://github.com/Org/,' +
  'https://github.com/other/repo/blob/main/nb,https://host.example:8443/a%20b/'

/** "" for what is allowed. */
function errorOf(address: string, sources: string | undefined = list): string {
  const env = { NBTRIGGER_SOURCES: sources }
  const errorText = errorTextOf(() => checkSource(parseSource(address), env, 'function'))
  return errorText.startsWith('not refused') ? '' : errorText
}

function check(caller: 'command' | 'http', env: object): string {
  const source = parseSource('gs://bucket/reports/x.ipynb')
  return errorTextOf(() => checkSource(source, { ...env }, caller))
}

describe('checkSource()', () => {
  test.each([
    'gs://bucket/reports/daily.ipynb',
    'GS://bucket/reports/a/b.ipynb#5',
    'gs://pinned/x.ipynb#17',
    'https://github.com/org/any/blob/main/x.ipynb',
    'https://GITHUB.com:443/ORG/any/raw/main/x.ipynb',
    'http://github.com/org/any/blob/main/x.ipynb',
    'https://raw.githubusercontent.com/org/any/main/x.ipynb',
    'https://github.com/other/Repo/blob/main/nb/x.ipynb',
    'https://github.com/other/repo/blob/refs/heads/main/nb/x.ipynb',
    'https://raw.githubusercontent.com/other/repo/refs/heads/main/nb/x.ipynb',
    'https://host.example:8443/a%20b/c.ipynb',
    'https://HOST.example:8443/a b/c.ipynb?signature=1',
    '/any/path.ipynb',
  ])('allows %s', (address) => {
    expect(errorOf(address)).toBe('')
  })

  test.each([
    'gs://bucket/reports.ipynb',
    'gs://bucket/reportsx/daily.ipynb',
    'gs://bucket/Reports/daily.ipynb',
    'gs://bucket2/reports/daily.ipynb',
    'gs://bucket/x/reports/daily.ipynb',
    'gs://pinned/x.ipynb',
    'gs://pinned/x.ipynb#18',
    'https://github.com/orgs/any/blob/main/x.ipynb',
    'https://github.com/org%2Fany/repo/blob/main/x.ipynb',
    'https://github.com/other/repo2/blob/main/nb/x.ipynb',
    'https://github.com/other/repo/blob/dev/nb/x.ipynb',
    'https://github.com/other/repo/blob/main/nbx/x.ipynb',
    'https://github.com/other/repo/blob/main%2Fnb/x.ipynb',
    'https://raw.githubusercontent.com/evil/repo/main/x.ipynb',
    'https://github.com.evil.example/org/any/blob/main/x.ipynb',
    'https://gist.githubusercontent.com/org/1/raw/x.ipynb',
    'https://host.example/a%20b/c.ipynb',
    'https://host.example:8444/a%20b/c.ipynb',
    'https://host.example:8443/a%2520b/c.ipynb',
    'https://host.example:8443/a%20b%2Fc.ipynb',
    'https://host.example.evil.example:8443/a%20b/c.ipynb',
    'https://evil.example/https://host.example:8443/a%20b/c.ipynb',
  ])('refuses %s', (address) => {
    expect(errorOf(address)).toMatch(/^SOURCE_NOT_ALLOWED: Cannot run ".*": NBTRIGGER_SOURCES does/)
  })

  test.each([
    ['https://ann@host.example:8443/a%20b/c.ipynb', 'it contains a user name'],
    ['https://host.example:8443@evil.example/a%20b/c.ipynb', 'it contains a user name'],
    ['https://host.example:8443/a%20b/../c.ipynb', 'it contains ".."'],
    ['https://host.example:8443/a%20b/%2e%2E/c.ipynb', 'it contains ".."'],
    ['https://host.example:8443/a%20b/..%2fc.ipynb', 'it contains ".."'],
    ['https://host.example:8443/a%20b/.%2E/c.ipynb', 'it contains ".."'],
    ['https://host.example:8443/a%20b\\..\\c.ipynb', 'it is no valid URL'],
    ['https://evil.example\\@host.example:8443/a%20b/c.ipynb', 'it is no valid URL'],
    ['https://host.exa\tmple:8443/a%20b/c.ipynb', 'it is no valid URL'],
    ['https:/host.example:8443/a%20b/c.ipynb', 'it is no valid URL'],
    ['https:host.example:8443/a%20b/c.ipynb', 'it is no valid URL'],
    ['https:///host.example:8443/a%20b/c.ipynb', 'it is no valid URL'],
    ['https://host.example.:8443/a%20b/c.ipynb', 'its host ends with a dot'],
    ['https://github.com./org/any/blob/main/x.ipynb', 'its host ends with a dot'],
    ['http://host.example:8443/a%20b/c.ipynb', 'it is a URL of http'],
    ['https://host.example:8443/a%20b/c.ipynb#x', 'it contains "#"'],
    ['https://host.example:8443/a%20b/c%zz.ipynb', 'a "%" that encodes nothing'],
    ['https://github.com/org/any/tree/main/x.ipynb', 'write it as "https://github.com/OWNER/REPO'],
    ['https://github.com/org/any/blob/main/../x.ipynb', 'it contains ".."'],
    ['https://github.com/org/any/blob/main%2F..%2Fdev/x.ipynb', 'it contains ".."'],
    ['https://github.com/org/any/blob/main~1/x.ipynb', 'can have the name of its REF'],
    ['https://github.com/org/any/blob/main@%7B1%7D/x.ipynb', 'can have the name of its REF'],
    ['https://github.com/org/any/blob/main/x.py', 'it does not end in ".ipynb"'],
    ['gs://bucket/reports/../x.ipynb', 'it contains ".."'],
    ['gs://bucket', 'it names no object'],
    ['gs:bucket/reports/x.ipynb', 'write it as "gs://bucket/object"'],
    ['s3://bucket/x.ipynb', 'there are no notebooks of this kind; write one of "-", "file:PATH"'],
  ])('cannot read %j', (address, reason) => {
    const verdict = errorOf(address)
    expect(verdict).toMatch(/^ARGUMENTS_INVALID: Cannot use the notebook path "/)
    expect(verdict).toContain(reason)
  })

  test('refuses everything elsewhere when there is no list, but for the command', () => {
    expect(check('http', {})).toMatch(/^SOURCE_NOT_ALLOWED: .*NBTRIGGER_SOURCES is not set; ask/)
    expect(check('command', {})).toMatch(/^not refused/)
    expect(check('command', { NBTRIGGER_SOURCES: 'gs://other/' })).toMatch(/^SOURCE_NOT_ALLOWED/)
  })

  test.each([
    ['*', 'it is neither "gs://bucket/..." nor "https://host/..."'],
    ['/reports', 'it is neither'],
    ['file:/etc', 'it is neither'],
    ['http://host.example/a', 'it is a URL of http'],
    ['https://github.com/', 'it leads to the repositories of everyone'],
    ['x=https://raw.githubusercontent.com', 'it leads to the repositories of everyone'],
    ['https://host.example/a?b', 'it contains "?"'],
    ['https://u:s3cret@host.example/a', 'it contains a user name'],
    ['gs://B', 'no bucket can have the name'],
  ])('cannot use the entry %j', (entry, reason) => {
    const verdict = errorOf('gs://bucket/x.ipynb', entry)
    expect(verdict).toMatch(/^ARGUMENTS_INVALID: Cannot read the entry ".*" of NBTRIGGER_SOURCES: /)
    expect(verdict).toContain(reason)
    expect(verdict).not.toContain('s3cret')
  })
})

describe('namedAddress()', () => {
  const env = { NBTRIGGER_SOURCES: `${list},web=https://h.example/x/,one=gs://b12/daily.ipynb` }

  test.each([
    ['/reports/a b/daily.ipynb', 'gs://bucket/reports/a b/daily.ipynb'],
    ['/reports/daily.ipynb#17', 'gs://bucket/reports/daily.ipynb#17'],
    ['/web/a b/#?.ipynb', 'https://h.example/x/a%20b/%23%3F.ipynb'],
    ['/one', 'gs://b12/daily.ipynb'],
    ['/other/daily.ipynb', '/other/daily.ipynb'],
    ['/reportsx/daily.ipynb', '/reportsx/daily.ipynb'],
    ['/', '/'],
  ])('reads %j as %j', (path, address) => {
    expect(namedAddress(path, env)).toBe(address)
  })

  test('cannot lead out of the prefix', () => {
    const address = namedAddress('/reports/../x.ipynb', env)
    expect(errorTextOf(() => parseSource(address))).toContain('it contains ".."')
  })
})
