import { parseArguments } from './arguments.ts'
import { variableOf, type Env } from './environment.ts'
import type { ReadFile } from './parameters.ts'
import { givenPlaces } from './places.ts'
import { readRequest } from './read_request.ts'
import type { RunRequest } from './run_request.ts'

export interface CheckupRequest {
  readonly request: RunRequest
  /** null when none was named; the request's own stands for nothing then. */
  readonly notebookPath: string | null
}

const standIn = '/no notebook.ipynb'

/** Reads the words of a run for the doctor, who needs no notebook to look at a server. */
export function readCheckup(
  words: readonly string[],
  env: Env,
  readFile: ReadFile,
): CheckupRequest {
  const { positionals } = parseArguments(words)
  const isNamed =
    givenPlaces(positionals).notebook !== undefined || variableOf(env, 'JUPYTER_NOTEBOOK') !== null
  const complete = isNamed ? env : { ...env, JUPYTER_NOTEBOOK: standIn }
  const request = readRequest(words, complete, 'command', readFile)
  return { request, notebookPath: isNamed ? request.notebook : null }
}
