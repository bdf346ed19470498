import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { byteEncodings, textEncodings } from '../../src/redaction/encodings.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'

const names = [...textEncodings, ...byteEncodings].map(({ name }) => name)

/** With all that some encoding has to escape. */
const secret = 'pa$$/w+rd_"{é}"\'&<%\\🙂~ 6f1d2a9c'

/** Prints the secret as real programs write it, by the names of the encodings. */
const program = `
import base64, csv, html, io, json, sys, urllib.parse
secret = sys.argv[1]
data = secret.encode()

def row(*values):
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()

written = {
    'as it is': [secret],
    'URL': [urllib.parse.quote(secret), urllib.parse.quote(secret, safe=''), urllib.parse.quote_plus(secret)],
    'URL within a URL': [urllib.parse.quote(urllib.parse.quote(secret, safe=''), safe='')],
    'JSON': [json.dumps(secret), json.dumps(secret, ensure_ascii=False), json.dumps(secret).replace('<', '\\\\u003c').replace('&', '\\\\u0026').replace("'", '\\\\u0027').replace('>', '\\\\u003e')],
    'JSON within JSON': [json.dumps(json.dumps(secret)), json.dumps(json.dumps(secret, ensure_ascii=False), ensure_ascii=False)],
    'HTML': [html.escape(secret), html.escape(secret, quote=False)],
    'JSON within HTML': [html.escape(json.dumps(secret)), html.escape(json.dumps(secret, ensure_ascii=False))],
    "Python's repr() and ascii()": [repr(secret), ascii(secret), repr(data), repr([secret])],
    'CSV': [row('a', secret, 1)],
    'base64': [base64.b64encode(b'user:'[:n] + data + b' and more').decode() for n in range(6)]
        + [base64.encodebytes(b'x' * n + data).decode() for n in range(57)],
    'base64 for URLs': [base64.urlsafe_b64encode(b'user:'[:n] + data).decode() for n in range(6)],
    'hex': [data.hex(), data.hex().upper()],
    'hex with spaces': [data.hex(' ')],
    'hex with colons': [data.hex(':'), data.hex(':').upper()],
}
print(json.dumps(written))
`

/** As pandas' to_latex(escape=True) writes it; pandas itself is not among the test's programs. */
const latex = 'pa\\$\\$/w+rd\\_"\\{é\\}"\'\\&<\\%\\textbackslash 🙂\\textasciitilde  6f1d2a9c'

describe('the encodings in which a secret is masked', () => {
  let written: Readonly<Record<string, readonly string[]>> = {}

  beforeAll(async () => {
    const printed = await runProgram({ command: 'python3', args: ['-c', program, secret] })
    written = { ...JSON.parse(printed), LaTeX: [latex] }
  })

  test('are listed in docs/security.md as the source defines them, and each is tested here', () => {
    const page = readFileSync(join(repositoryRoot, 'docs/security.md'), 'utf8')
    const [, table = ''] = /\| Encoding +\|[^\n]*\n\|[- |]+\n((?:\|[^\n]*\n)+)/.exec(page) ?? []
    const rows = table
      .trim()
      .split('\n')
      .map((line) => line.split('|')[1]?.trim())
    expect(rows).toEqual(names)
    expect(Object.keys(written).toSorted()).toEqual(names.toSorted())
  })

  test.each(names)('%s', (name) => {
    const { text } = createRedactor([secret])
    for (const form of written[name] ?? []) {
      const shown = text(`before\n${form}\nafter`)
      expect(shown).toContain('[redacted]')
      const rest = shown.replaceAll('[redacted]', '').replaceAll(/^before\n|\nafter$/g, '')
      expect(Buffer.from(rest, 'base64').toString()).not.toMatch(/w\+rd|6f1d/)
      expect(rest).not.toMatch(/w\+rd|w%2Brd|6f1d2a|3666\s?31|36:66:31/i)
    }
  })
})
