import { type Destination, invalidOutput, type ParseContext } from './destination.ts'

/** The address of standard output, which gets the notebook once, at the end of the run. */
export const standardOutput = '-'

/** Throws ARGUMENTS_INVALID where the caller has no standard output. */
export function standardOutputDestination({ text, writeOutput }: ParseContext): Destination {
  if (writeOutput === undefined) {
    throw invalidOutput(text, 'standard output is for the command alone', {
      advice: 'use "/path" or "gs://bucket/object"',
    })
  }
  const destination: Destination = {
    address: standardOutput,
    format: 'ipynb',
    path: standardOutput,
    at: () => destination,
    save: async ({ bytes }) => await writeOutput(bytes),
  }
  return destination
}
