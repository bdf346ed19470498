import { asRunError } from './errors.ts'
import { createListener } from './http/listener.ts'
import { createServer } from './http/server.ts'
import { noticeLine } from './reporting/notice.ts'
import { type Env, unusable, variableOf } from './request/env.ts'
import { noOptions } from './request/run_options.ts'
import { createRunRedactor } from './run/run.ts'
import { workingFolder } from './util/file_path.ts'
import { Shutdown } from './util/shutdown.ts'

const { env, stdout } = process
const shutdown = new Shutdown(process)

try {
  const listener = createListener({
    env,
    folder: workingFolder(process),
    write: (line) => void stdout.write(line),
    shutdown,
  })
  const server = createServer(listener)
  server.once('error', fail)
  server.listen(readPort(env), () => server.off('error', fail).on('error', logError))
  shutdown.listen()
} catch (error) {
  fail(error)
}

/** Cloud Run says in PORT where it sends the requests; throws ARGUMENTS_INVALID. */
function readPort(environment: Env): number {
  const text = variableOf(environment, 'PORT') ?? '8080'
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  const reason = 'it is not a port, which is a whole number below 65536'
  throw unusable({ value: text, source: 'PORT' }, reason)
}

/** An instance that cannot serve does not start. */
function fail(error: unknown): void {
  log('CRITICAL', error)
  process.exit(1)
}

/** A connection that cannot be accepted ends no run of the others. */
function logError(error: unknown): void {
  log('ERROR', error)
}

function log(severity: 'CRITICAL' | 'ERROR', error: unknown): void {
  const message = createRunRedactor(noOptions, env).text(asRunError(error).message)
  stdout.write(noticeLine({ severity, message }))
}
