import type { Env } from './environment.ts'

const names: Readonly<Record<string, readonly string[]>> = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
}

/**
 * The variable by which other programs would find a proxy to this server; null when none is set.
 * nbtrigger goes to the server directly, so that no proxy gets to see the token.
 */
export function proxyVariable({ protocol }: URL, env: Env): string | null {
  return names[protocol]?.find((name) => (env[name] ?? '').trim() !== '') ?? null
}
