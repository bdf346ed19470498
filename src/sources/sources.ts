import { contentsSource } from './contents.ts'
import { fileSource } from './file.ts'
import {
  invalidSource,
  type NotebookSource,
  type SourceContext,
  type SourceKind,
  unreadSources,
} from './source.ts'
import { standardInputSource } from './standard_input.ts'

/** Every kind of source that there is; the first one that an address may belong to takes it. */
const kinds: readonly SourceKind[] = [standardInputSource, fileSource, contentsSource]

/** Reads the address of a notebook; throws ARGUMENTS_INVALID. */
export function parseSource(
  address: string,
  context: SourceContext = unreadSources,
): NotebookSource {
  const kind = kinds.find(({ isOne }) => isOne(address))
  if (kind !== undefined) return kind.parse(address, context)
  const advice = 'write HOST[:PORT], a space, and the path'
  throw invalidSource(address, 'it is a URL', { advice })
}

/** Whether a text can only be the address of a notebook, and no HOST[:PORT]. */
export function isSourceAddress(text: string): boolean {
  const isOther = kinds.some((kind) => kind !== contentsSource && kind.isOne(text))
  return isOther || text.startsWith('/') || text.endsWith('.ipynb')
}
