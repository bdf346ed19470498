/** Whether a flag that takes no value stands among the words, readable or not as they may be. */
export function mentions(
  words: readonly string[],
  flag: `--${'json' | 'verbose' | 'help-notebook'}`,
): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).includes(flag)
}
