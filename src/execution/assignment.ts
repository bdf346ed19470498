import { RunError } from '../errors.ts'
import type { ParameterValue } from '../parameter.ts'
import { quoted } from '../quoted.ts'
import { Unwritable, type Translator } from './translators/translator.ts'

export interface Given {
  readonly kind: 'parameter' | 'secret'
  readonly name: string
  readonly value: ParameterValue
}

/** The statement that gives a name its value; a RunError where the language has none for it. */
export function assignment({ kind, name, value }: Given, translator: Translator): string {
  const { language } = translator
  const cannot = `Cannot set the ${kind} ${quoted(name)}`
  if (!translator.isName(name)) {
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${language} has no such name`)
  }
  try {
    return translator.assign(name, value)
  } catch (cause) {
    if (!(cause instanceof Unwritable)) throw cause
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${language} has ${cause.message}`, {
      cause,
    })
  }
}
