/**
 * The text, or its first `maxLength` characters and `…`. What masks secrets knows this mark: before
 * it, the beginning of a secret is one too. So whatever is cut before it is masked is cut here.
 */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…`
}
