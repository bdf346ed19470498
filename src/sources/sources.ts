import { RunError } from '../errors.ts'
import { quoteAddress } from '../util/text.ts'
import { contentsSource } from './contents.ts'
import type { NotebookSource, SourceKind } from './source.ts'

/** Every kind of source that there is. */
const kinds: readonly SourceKind[] = [contentsSource]

/** Reads the address of a notebook, as a path of the server; throws ARGUMENTS_INVALID. */
export function parseSource(address: string): NotebookSource {
  const end = address.indexOf('://')
  const scheme = end === -1 ? null : address.slice(0, end).toLowerCase()
  const kind = kinds.find((each) => each.scheme === scheme)
  if (kind !== undefined) return kind.parse(scheme === null ? address : address.slice(end + 3))
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the notebook path ${quoteAddress(address)}: it is a URL`,
    { advice: 'write HOST[:PORT], a space, and the path' },
  )
}
