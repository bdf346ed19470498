import { jsonText } from '../exact_json.ts'
import { safeJson } from '../safe_text.ts'
import { startOf } from './json_size.ts'
import { shrink } from './shrink.ts'

/** More than the list of what was cut can take. */
const truncatedBytes = 8_000

/** The object as JSON of at most `maxBytes`: where it had to be cut, its `truncated` names what. */
export function limitedJson(tree: object, maxBytes: number): string {
  const whole = shrink(tree, maxBytes)
  if (whole.cut.length === 0) return safeJson(jsonText(whole.value))
  const { value, cut } = shrink(tree, maxBytes - truncatedBytes)
  return safeJson(jsonText({ ...value, truncated: listOf(cut) }))
}

/** The paths that were cut, for people: the first of them when there are many. */
function listOf(paths: readonly string[]): readonly string[] {
  const first = paths.slice(0, 20).map((path) => startOf(path, 200))
  const more = paths.length - first.length
  return more > 0 ? [...first, `and ${more} more`] : first
}
