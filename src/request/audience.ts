import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { variableOf, type Env } from './environment.ts'
import { hostName } from './host.ts'

/** What Google sets where it gives ID tokens unasked: Cloud Run and functions, jobs, App Engine. */
const googleVariables = ['K_SERVICE', 'CLOUD_RUN_JOB', 'FUNCTION_NAME', 'GAE_SERVICE']

/**
 * The audience of the Google ID token that goes to the server with every call; null for none. It is
 * the server's origin, so that what one server gets opens no other.
 */
export function readAudience(server: URL, env: Env): string | null {
  const auth = variableOf(env, 'NBTRIGGER_AUTH') ?? 'auto'
  switch (auth) {
    case 'none':
      return null
    case 'auto':
      return isGoogleCloud(env) && isCloudRun(server) ? originOf(server) : null
    case 'iam':
      if (server.protocol === 'https:') return originOf(server)
      throw new RunError(
        'HTTP_NOT_ALLOWED',
        `Cannot send a Google ID token to ${quoted(server.host)} over plain http: whoever reads ` +
          'it on the way can use it for an hour; add --use-https, or set NBTRIGGER_AUTH=none',
      )
    default:
      throw new RunError(
        'ARGUMENTS_INVALID',
        `Cannot use ${quoted(auth)} as NBTRIGGER_AUTH: it is "auto", "iam" or "none"`,
      )
  }
}

function isGoogleCloud(env: Env): boolean {
  return googleVariables.some((name) => variableOf(env, name) !== null)
}

/** Without the dot that may end the name, and the port that goes without saying. */
function originOf(server: URL): string {
  return `https://${hostName(server)}${server.port === '' ? '' : `:${server.port}`}`
}

function isCloudRun(server: URL): boolean {
  return server.protocol === 'https:' && hostName(server).endsWith('.run.app')
}
