import { BlockList, isIP } from 'node:net'
import { type ErrorFactory, RunError, type RunErrorOptions } from '../errors.ts'
import { tokenCredentials } from '../jupyter/credentials.ts'
import { tokenTooSlow, withIdToken } from '../jupyter/id_token.ts'
import { JupyterServer } from '../jupyter/server.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { readSegments } from '../util/path_segments.ts'
import { bareHost } from '../util/loopback.ts'
import { percentDecoded, quoteAddress, quoteForError } from '../util/text.ts'
import { checkHost, hostName, readHost } from './allow_list.ts'
import { type Caller, type Env, settingOf, unusable, variableOf } from './env.ts'
import type { RunOptions } from './run_options.ts'
import { targetHost, usesHttps } from './target.ts'

/** A Jupyter Server that may be called, with its credentials. */
export interface ServerConfig {
  /**
   * Scheme, host, port and base URL, ending in a slash: "https://host/user/ann/". For a request with
   * a Hub, that is the Hub's: "https://host/hub/".
   */
  readonly url: URL
  /** The Jupyter token, trimmed. */
  readonly token: string
  /** Audience of the Google ID token that is sent with every call; null when none is sent. */
  readonly idTokenAudience: string | null
  /** The environment variable that names a proxy, which is not used; null when none is set. */
  readonly ignoredProxy: string | null
}

/**
 * The server that the options name, or else the environment. Throws a RunError when no server is
 * named, when this caller may not call it, or when there is no token. Sends nothing.
 */
export function readServerConfig(options: RunOptions, env: Env, caller: Caller): ServerConfig {
  const host = targetHost(options, env)
  const baseUrl = settingOf('base-url', options.baseUrl, env)?.value ?? '/'
  const address = readServerAddress(host, { useHttps: usesHttps(options, host), baseUrl })
  const url = options.hub === null ? address : hubAddress(address)
  checkHost(url, env, caller)
  checkHttp(url, env, caller)
  return {
    url,
    token: readToken(env),
    idTokenAudience: readAudience(url, env),
    ignoredProxy: proxyVariable(url, env),
  }
}

export interface ServerOptions {
  readonly useHttps: boolean
  /** Encoded or not, with or without slashes around it. */
  readonly baseUrl: string
}

/** The server's address: scheme, host, port and base URL, ending in a slash; throws ARGUMENTS_INVALID. */
export function readServerAddress(host: string, { useHttps, baseUrl }: ServerOptions): URL {
  const url = readHost(host, { useHttps, purpose: 'call the host' })
  url.pathname = readBaseUrl(baseUrl)
  return url
}

/** The address of JupyterHub's own pages and API, below its base URL. */
function hubAddress(address: URL): URL {
  return address.pathname.endsWith('/hub/') ? address : new URL('hub/', address)
}

function readBaseUrl(text: string): string {
  const refuse: ErrorFactory = (reason, options) => invalid(text, reason, options)
  if (text.includes('://')) throw refuse('it is a whole URL', { advice: 'write its path alone' })
  if (/[?#\\]/.test(text))
    throw refuse('it contains "?", "#" or "\\"', { advice: 'write the path alone' })
  const names = readSegments(text, refuse).map((segment) => decoded(segment, refuse))
  // Once more, for what was hidden behind "%2e" and its like.
  for (const name of names) readSegments(name, refuse)
  return ['', ...names.map(encodeURIComponent), ''].join('/').replace(/^\/+$/, '/')
}

function decoded(segment: string, refuse: ErrorFactory): string {
  const text = percentDecoded(segment)
  if (text !== null) return text
  throw refuse('it contains a "%" that encodes nothing', {
    advice: 'write "%25" for the character itself',
  })
}

function invalid(text: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the base URL ${quoteAddress(text)}: ${reason}`,
    options,
  )
}

/** The Jupyter token, trimmed, as a header can carry it; throws TOKEN_MISSING. */
export function readToken(env: Env): string {
  const token = variableOf(env, 'JUPYTER_TOKEN')
  if (token === null) {
    throw missing('JUPYTER_TOKEN is not set or empty', {
      advice: "set it to the Jupyter Server's token",
    })
  }
  if (/[^\u0020-\u007e\u00a0-\u00ff]/.test(token)) {
    throw missing('JUPYTER_TOKEN contains a character that no header can carry', {
      advice: 'set it once more',
    })
  }
  return token
}

function missing(reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError('TOKEN_MISSING', `Cannot call a Jupyter Server: ${reason}`, options)
}

/** Set where a metadata server gives ID tokens: Cloud Run services and functions, jobs, App Engine. */
const googleVariables = ['K_SERVICE', 'CLOUD_RUN_JOB', 'FUNCTION_NAME', 'GAE_SERVICE']

/**
 * The audience of the Google ID token that is sent with every call; null when none is sent. It is the
 * server's origin, so that a token opens no other server. Throws ARGUMENTS_INVALID for a value that
 * NBTRIGGER_AUTH cannot have.
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
        `Cannot send a Google ID token to ${quoteForError(server.host)} over plain http: anyone who ` +
          'reads it on the way can use it for an hour',
        { advice: 'add --use-https, or set NBTRIGGER_AUTH=none' },
      )
    default:
      throw unusable(
        { value: auth, source: 'NBTRIGGER_AUTH' },
        'it is neither "auto" nor "iam" nor "none"',
      )
  }
}

function isGoogleCloud(env: Env): boolean {
  return googleVariables.some((name) => variableOf(env, name) !== null)
}

/** Without a trailing dot of the name, and without the default port. */
function originOf(server: URL): string {
  return `https://${hostName(server)}${server.port === '' ? '' : `:${server.port}`}`
}

/** Whether it is a service of Cloud Run, at the address that Google gave it. */
export function isCloudRun(server: URL): boolean {
  return server.protocol === 'https:' && hostName(server).endsWith('.run.app')
}

const privateNetworks = new BlockList()
privateNetworks.addSubnet('127.0.0.0', 8)
privateNetworks.addSubnet('10.0.0.0', 8)
privateNetworks.addSubnet('172.16.0.0', 12)
privateNetworks.addSubnet('192.168.0.0', 16)
privateNetworks.addAddress('::1', 'ipv6')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')

/** Throws HTTP_NOT_ALLOWED where the token would cross a public network unencrypted. */
export function checkHttp(url: URL, env: Env, caller: Caller): void {
  if (url.protocol === 'https:') return
  const host = hostName(url)
  const cannot = `Cannot call "${url.host}" over plain http`
  if (host === 'run.app' || host.endsWith('.run.app')) {
    throw refused(`${cannot}: Cloud Run speaks https`, { advice: 'add --use-https' })
  }
  const allowed = variableOf(env, 'NBTRIGGER_ALLOW_HTTP') === '1'
  if (caller === 'command' || allowed || isPrivate(host)) return
  throw refused(`${cannot}: the token would cross a public network unencrypted`, {
    advice: 'add --use-https, or set NBTRIGGER_ALLOW_HTTP=1 for the function',
  })
}

function isPrivate(host: string): boolean {
  const address = bareHost(host)
  const family = isIP(address)
  if (family !== 0) return privateNetworks.check(address, family === 6 ? 'ipv6' : 'ipv4')
  if (host === 'metadata.google.internal') return false
  return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal')
}

function refused(what: string, options: RunErrorOptions = {}): RunError {
  return new RunError('HTTP_NOT_ALLOWED', what, options)
}

const names: Readonly<Record<string, readonly string[]>> = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
}

/**
 * The environment variable that names a proxy for this server; null when none is set. nbtrigger does
 * not use proxies, so that none sees the token.
 */
export function proxyVariable({ protocol }: URL, env: Env): string | null {
  return names[protocol]?.find((name) => (env[name] ?? '').trim() !== '') ?? null
}

/** The API of a server, with the credentials that open it. */
export function openServer(
  { url, token, idTokenAudience: audience }: ServerConfig,
  { addSecrets }: Pick<Redactor, 'addSecrets'>,
): JupyterServer {
  const credentials = tokenCredentials(token)
  if (audience === null) return new JupyterServer(url, credentials)
  let isWaiting = false
  const onWaiting = (is: boolean) => void (isWaiting = is)
  const blame = (time: string): RunError | null => (isWaiting ? tokenTooSlow(audience, time) : null)
  return new JupyterServer(
    url,
    withIdToken(credentials, { audience, addSecrets, onWaiting }),
    blame,
  )
}
