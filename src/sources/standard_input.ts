import {
  invalidSource,
  notForCaller,
  type SourceKind,
  sourcedNotebook,
  sourceElsewhere,
} from './source.ts'

const address = '-'

/** Standard input of the command, which is read before the run: "-". */
export const standardInputSource: SourceKind = {
  example: '-',
  isOne: (text) => text === address,
  parse: (text, { allowFiles, standardInput }) => {
    if (!allowFiles) throw notForCaller(text, 'standard input is for the command alone')
    return sourceElsewhere({
      address,
      name: 'stdin',
      read: async () => {
        if (standardInput === null) throw invalidSource(text, 'standard input was not read')
        return await sourcedNotebook(standardInput, { url: address, version: null })
      },
    })
  },
}
