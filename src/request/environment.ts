/** The process's environment, or what a test puts in its place. */
export type Env = Readonly<Record<string, string | undefined>>

/** Who asks: a person at a terminal, anyone who may publish to the topic, or who may call by HTTP. */
export type Caller = 'command' | 'function' | 'http'

/** A variable's value, trimmed; null when it is not set or empty. */
export function variableOf(env: Env, name: string): string | null {
  const value = env[name]?.trim()
  return value === undefined || value === '' ? null : value
}
