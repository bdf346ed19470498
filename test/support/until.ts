import { setTimeout as pause } from 'node:timers/promises'

/** Asks `probe` again and again until it answers something other than undefined. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (performance.now() > end) {
      throw new Error(`Cannot wait longer for ${what}: ${limitMs / 1000} s are over`)
    }
    await pause(20)
  }
}
