import type { ParameterMap } from '../parameters/parameter.ts'
import { holdsSecret, type Redactor } from '../redaction/redactor.ts'
import { type Env, variableOf } from '../request/env.ts'
import { parameterText } from '../request/parameter_text.ts'
import { camelCase, givenOptions, type RunOptions } from '../request/run_options.ts'
import { splitWords } from '../request/shell_words.ts'

/**
 * The command that runs the same notebook again with the same options, as a shell or a message reads
 * it; null for a notebook that came with its request. It may hold secrets in the values of parameters,
 * so it has to be masked before it is shown.
 */
export function commandLine(options: RunOptions, env: Env): string | null {
  if (options.notebookContent !== null) return null
  const host = options.host ?? variableOf(env, 'JUPYTER_SERVER')
  const notebook = options.notebook ?? variableOf(env, 'JUPYTER_NOTEBOOK')
  return `nbtrigger ${messageText({ ...options, host, notebook })}`
}

/** The text of a message with these options. It may hold secrets, too. */
export function messageText(options: RunOptions): string {
  const { host, notebook, parameters } = options
  const values = new Map<string, unknown>(Object.entries(options))
  const flags = givenOptions(options).flatMap(({ name }) =>
    optionWords(`--${name}`, values.get(camelCase(name))),
  )
  const target = [host, notebook].filter((each) => each !== null)
  return [...target, ...flags, ...parameterWords(parameters)].map(quoted).join(' ')
}

/**
 * Whether a text of `messageText()` holds a secret. Quotes may make it another text there, so that the
 * words are searched, too; and it may be more than one word of the text that is written down.
 */
export function messageHoldsSecret(text: string, redactor: Redactor): boolean {
  return [text, ...splitWords(text)].some((each) => holdsSecret(each, redactor))
}

/** An option as often as it was given, with its values. */
function optionWords(flag: string, value: unknown): readonly string[] {
  if (value === true) return [flag]
  if (!Array.isArray(value)) return [flag, String(value)]
  return value.flatMap((each: unknown) => [flag, ...[each].flat().map(String)])
}

/** Parameters that came as JSON: text stays text, and lists and maps go as JSON. */
function parameterWords(parameters: ParameterMap): readonly string[] {
  return [...parameters].flatMap(([name, value]) => {
    if (typeof value === 'string') return ['--raw', name, value]
    const text = parameterText(value)
    return /^[[{]/.test(text)
      ? ['--yaml', `{${JSON.stringify(name)}: ${text}}`]
      : ['--parameter', name, text]
  })
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
