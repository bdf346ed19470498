import { attempt, RunError } from '../errors.ts'
import { contentsSource } from './contents.ts'
import { fileSource } from './file.ts'
import { gcsSource } from './gcs.ts'
import { githubSource } from './github.ts'
import {
  invalidSource,
  type NotebookSource,
  type RemoteKind,
  type SourceContext,
  type SourceKind,
  unreadSources,
} from './source.ts'
import { standardInputSource } from './standard_input.ts'
import { webSource } from './web.ts'

/** Every kind of source that there is; the first one that an address may belong to takes it. */
const kinds: readonly SourceKind[] = [
  standardInputSource,
  fileSource,
  gcsSource,
  githubSource,
  webSource,
  contentsSource,
]

/** Reads the address of a notebook; throws ARGUMENTS_INVALID. */
export function parseSource(
  address: string,
  context: SourceContext = unreadSources,
): NotebookSource {
  const kind = kinds.find(({ isOne }) => isOne(address))
  if (kind !== undefined) return kind.parse(address, context)
  const examples = kinds.map(({ example }) => `"${example}"`).join(', ')
  throw invalidSource(address, 'there are no notebooks of this kind', {
    advice: `write one of ${examples}`,
  })
}

/** What there is to know about the kind of an address on the network; null for any other address. */
export function remoteKindOf(address: string): RemoteKind | null {
  return kinds.find(({ isOne }) => isOne(address))?.remote ?? null
}

/** Whether a text can only be the address of a notebook, and no HOST[:PORT]. */
export function isSourceAddress(text: string): boolean {
  const kind = kinds.find(({ isOne }) => isOne(text))
  if (kind === undefined) return false
  // The address of a server, as a browser shows it, may be meant; the command finds that out.
  if (kind === webSource) return /^[^?#]*\.ipynb(?:[?#]|$)/.test(text)
  return kind !== contentsSource || text.startsWith('/') || text.endsWith('.ipynb')
}

/** A notebook's address as reports have it; null when it is invalid. */
export function sourceAddress(text: string): string | null {
  const source = attempt(() => parseSource(text))
  return source instanceof RunError ? null : source.describe()
}
