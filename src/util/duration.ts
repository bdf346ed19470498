/** A day, in milliseconds. */
export const dayMs = 86_400_000

/** The maximum delay of Node's timers, in milliseconds. */
export const maxTimerMs = 2_147_483_647

/** "0.9 s", "12 s", "3 min 05 s", "1 h 02 min". */
export function durationText(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100)
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0')
}
