import type { ReadStream } from 'node:tty'
import { RunError } from '../errors.ts'
import { readLimited } from '../sources/read_limited.ts'

/**
 * All that standard input holds, which takes as long as the program that writes it. Throws
 * ARGUMENTS_INVALID for a terminal, NOTEBOOK_INVALID for too much.
 */
export async function readStandardInput(stdin: ReadStream): Promise<Uint8Array> {
  if (!stdin.isTTY) return await readLimited(stdin, '-')
  const what = 'Cannot read the notebook from standard input: it is a terminal'
  throw new RunError('ARGUMENTS_INVALID', what, {
    advice: 'write "nbtrigger HOST - <NOTEBOOK.ipynb", or pipe a notebook into it',
  })
}
