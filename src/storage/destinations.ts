import { RunError } from '../errors.ts'
import { isFilePath } from '../util/file_path.ts'
import { quoteAddress } from '../util/text.ts'
import { contentsDestination } from './contents.ts'
import { type Destination, type DestinationKind, kindOf, type ParseContext } from './destination.ts'
import { fileDestination } from './file.ts'
import { gcsDestination } from './gcs.ts'
import { standardOutput, standardOutputDestination } from './standard_output.ts'

/** Every kind of destination that there is. */
const kinds: readonly DestinationKind[] = [contentsDestination, gcsDestination, fileDestination]

/** Reads the address of a destination, ending in ".ipynb" or ".html"; throws ARGUMENTS_INVALID. */
export function parseDestination(text: string, options: Omit<ParseContext, 'text'>): Destination {
  const context = { ...options, text }
  if (text === standardOutput) return standardOutputDestination(context)
  if (options.allowFiles && isFilePath(text)) return fileDestination.parse(text, context)
  const found = kindOf(text, kinds)
  if (found !== null) return found.kind.parse(found.rest, context)
  const examples = kinds.map(({ example }) => `"${example}"`).join(' nor ')
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the output ${quoteAddress(text)}: it is neither ${examples}`,
    { advice: 'put "/" before a name with a colon' },
  )
}
