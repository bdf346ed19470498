/** The process's environment, or what a test puts in its place. */
export type Env = Readonly<Record<string, string | undefined>>

/** Who asks: a person at a terminal, or anyone who may publish to the topic. */
export type Caller = 'command' | 'function'

/** A variable's value, trimmed; null when it is not set or empty. */
export function variableOf(env: Env, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}
