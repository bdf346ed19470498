import { Child } from './child.ts'
import type { Program } from './child.ts'

/** Runs a program to its end: its stdout, or an error with all that it wrote. */
export async function runProgram(program: Program): Promise<string> {
  await using child = await Child.start(program)
  await child.ended()
  if (child.status !== 0) {
    const command = [child.name, ...program.args].join(' ')
    throw child.failure(`Cannot run "${command}": it ended with ${child.status}`)
  }
  return child.stdout
}
