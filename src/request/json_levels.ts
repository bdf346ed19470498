/**
 * Whether lists and objects are nested deeper than that in JSON text, which need not be well formed.
 * It goes through the text once, so that nothing recursive has to read what is too deep for it.
 */
export function isJsonDeeperThan(maxLevels: number, json: string): boolean {
  let level = 0
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') at = endOfText(json, at)
    else if (char === '[' || char === '{') level++
    else if (char === ']' || char === '}') level--
    if (level > maxLevels) return true
  }
  return false
}

/** Where the text whose quote is at `start` has its other quote; the end of all when it has none. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '"') return at
    if (json[at] === '\\') at++
  }
  return json.length
}
