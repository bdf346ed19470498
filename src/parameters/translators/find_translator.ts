import { bash } from './bash.ts'
import { csharp } from './csharp.ts'
import { fsharp } from './fsharp.ts'
import { julia } from './julia.ts'
import { matlab } from './matlab.ts'
import { powershell } from './powershell.ts'
import { python } from './python.ts'
import { r } from './r.ts'
import { scala } from './scala.ts'
import type { Translator } from './translator.ts'
import { typescript } from './typescript.ts'

/** A kernel as far as a translator is chosen by it. */
export interface KernelKind {
  /** The kernelspec's name. */
  readonly name: string | null
  readonly language: string | null
}

/** By kernel name or language, in lower case. */
const translators: ReadonlyMap<string, Translator> = new Map(
  Object.entries({
    python,
    pysparkkernel: python,
    r,
    sparkrkernel: r,
    scala,
    sparkkernel: scala,
    julia,
    matlab,
    '.net-csharp': csharp,
    'c#': csharp,
    '.net-fsharp': fsharp,
    'f#': fsharp,
    '.net-powershell': powershell,
    powershell,
    bash,
    deno: typescript,
    typescript,
    javascript: typescript,
  }),
)

/** The translator for the kernel's name, else for its language; null when there is none. */
export function findTranslator({ name, language }: KernelKind): Translator | null {
  return translatorOf(name) ?? translatorOf(language) ?? null
}

function translatorOf(key: string | null): Translator | undefined {
  return translators.get(key?.toLowerCase() ?? '')
}
