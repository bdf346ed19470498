import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'

/** An id as Jupyter gives them; nothing that could lead a request elsewhere. */
export function readKernelId(text: string | null): string | null {
  if (text === null || /^[\w-]+$/.test(text)) return text
  const reason = 'a kernel\'s id has letters, digits, "_" and "-" only, see "/api/kernels"'
  throw new RunError('ARGUMENTS_INVALID', `Cannot use the kernel id ${quoted(text)}: ${reason}`)
}
