import { RunError } from '../errors.ts'
import { variableOf, type Env } from './environment.ts'

/** The Jupyter token, trimmed, as a header can carry it. */
export function readToken(env: Env): string {
  const token = variableOf(env, 'JUPYTER_TOKEN')
  if (token === null) {
    throw missing("JUPYTER_TOKEN is not set or empty; set it to the Jupyter Server's token")
  }
  if (/[^\u0020-\u007e\u00a0-\u00ff]/.test(token)) {
    throw missing('JUPYTER_TOKEN contains a character that no header can carry; set it once more')
  }
  return token
}

function missing(reason: string): RunError {
  return new RunError('TOKEN_MISSING', `Cannot call a Jupyter Server: ${reason}`)
}
