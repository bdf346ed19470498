import { invalidSource, type SourceKind, sourcedNotebook } from './source.ts'

const address = '-'

/** Standard input of the command, which is read before the run: "-". */
export const standardInputSource: SourceKind = {
  example: '-',
  isOne: (text) => text === address,
  parse: (text, { allowFiles, standardInput }) => {
    if (!allowFiles) {
      const advice = 'name one of the Jupyter Server, by its path from the root folder'
      throw invalidSource(text, 'standard input is for the command alone', { advice })
    }
    return {
      describe: () => address,
      name: 'stdin',
      location: null,
      isOnServer: false,
      ownDestination: address,
      workingDirectory: '',
      read: async () => {
        if (standardInput === null) throw invalidSource(text, 'standard input was not read')
        return sourcedNotebook(standardInput, { url: address, version: null })
      },
    }
  },
}
