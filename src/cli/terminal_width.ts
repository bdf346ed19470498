import stringWidth from 'string-width'

/**
 * How many columns of a terminal `text` takes at most: the sum over its code points, since not
 * every terminal draws an emoji that is joined of several as one.
 */
export function widthOf(text: string): number {
  return Array.from(text, widthOfCodePoint).reduce((sum, width) => sum + width, 0)
}

/** `text` if it is at most `columns` wide, else its start with an ellipsis. */
export function startOfWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let width = 1
  let start = ''
  for (const character of text) {
    width += widthOfCodePoint(character)
    if (width > columns) break
    start += character
  }
  return columns < 1 ? '' : `${start}…`
}

const emojiSelector = '\ufe0f'

function widthOfCodePoint(character: string): number {
  // It widens the narrow character before it.
  return character === emojiSelector ? 1 : stringWidth(character)
}
