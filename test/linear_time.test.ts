import { expect, test } from '@jest/globals'
import { acceptsEvents, readNegotiation } from '../src/http/representations.ts'
import { shownText, TerminalText } from '../src/page/terminal_text.ts'
import { inspectLines } from '../src/parameters/inspect.ts'
import { inspectPython } from '../src/parameters/inspect_python.ts'
import { readHost } from '../src/request/allow_list.ts'
import { parseArgv } from '../src/request/argv.ts'
import { decodedPath, readJsonObject } from '../src/request/json_request.ts'
import { decodeBase64 } from '../src/request/parameters.ts'
import { splitWords } from '../src/request/shell_words.ts'
import { typedValue } from '../src/request/typing.ts'
import { parseSource } from '../src/sources/sources.ts'
import { parseDestination } from '../src/storage/destinations.ts'
import { jsonText, parseJson } from '../src/util/json.ts'
import { plainText, quoteAddress } from '../src/util/text.ts'
import { maxLinearScaling, scalingOf } from './support/scaling.ts'

/** What reads text from outside, and so may meet any: our code and the libraries that it uses. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'a value': typedValue,
  words: splitWords,
  'a word': (text) => parseArgv([text]),
  'a value of a flag': (text) => parseArgv(['--timeout', text, `--kernel=${text}`]),
  'many words': (text) => parseArgv(['h', '/n.ipynb', ...words(text)]),
  'a host': (text) => readHost(text, { useHttps: false, purpose: 'call the host' }),
  'a path': parseSource,
  'a path of a URL': decodedPath,
  'an output': (text) => parseDestination(`/${text}`, { allowFiles: false, folder: '/' }),
  base64: decodeBase64,
  'an address in an error': quoteAddress,
  'parameters in JSON': (text) => readJsonObject(`{"a": ${text}`),
  'a text in JSON': (text) => readJsonObject(`{"a": "${text}`),
  JSON: (text) => parseJson(`[1e999, ${text}`),
  'a text of JSON': (text) => parseJson(`[1e999, ${jsonText(text)}]`),
  'what is printed': plainText,
  'what is printed, in the page': shownText,
  'pieces of what is printed': (text) => new TerminalText().add(text),
  'a parameters cell': inspectLines,
  'a parameters cell in Python': inspectPython,
  'an assignment': (text) => inspectLines(`a: ${text}`),
  'an assignment in Python': (text) => inspectPython(`a: ${text}`),
  'a type comment': (text) => inspectPython(`a = 1 # type:${text}`),
  'what a client accepts': (text) => acceptsEvents(readNegotiation(text.slice(0, 16_384), false)),
}

/** Texts of which readers have tried the same characters again and again. */
const characters = Array.from(' \t\n\r0a._=:;,#%\\/"\'[{(<*é٣')
const units = characters.concat(
  ['0_', '1e', '\\"', '\u001b]', '\u001b[0', '\r\n', '..', '%41', 'a=', '#a\n', '-a', '--'],
  ['[]', '{}', '"a",', '"a":', '=\t', ': ', '\ud800', '1,', 'a/b;q=0,'],
)

test.each(Object.keys(readers))('reads %s in linear time', (name) => {
  for (const unit of units) {
    const scaling = scalingOf((size) => attempt(name, `${unit.repeat(size / unit.length)}!`))
    expect([unit, scaling > maxLinearScaling ? scaling : 'linear']).toEqual([unit, 'linear'])
  }
})

/** As many as a request by HTTP may have. */
function words(text: string): readonly string[] {
  return (text.match(/.{1,25}/gs) ?? []).slice(0, 4_000)
}

function attempt(name: string, text: string): void {
  try {
    readers[name]?.(text)
  } catch {
    // Most of it cannot be read; what counts is how long it takes.
  }
}
