import type { GcloudCall } from './cloud/call.ts'

export function argsOf(calls: readonly GcloudCall[]): readonly (readonly string[])[] {
  return calls.map(({ args }) => args)
}

/** The first call that begins with these words. */
export function findCall(calls: readonly GcloudCall[], words: string): GcloudCall {
  const found = calls.find(({ args }) => args.join(' ').startsWith(`${words} `))
  if (found === undefined) throw new Error(`Cannot find a call of "${words}"`)
  return found
}

/** Whether the call makes something that was not there; an identity may be there already. */
export function makes({ args }: GcloudCall): boolean {
  if (args.includes('identity')) return false
  return args.some((arg) => arg === 'create' || arg === 'add')
}
