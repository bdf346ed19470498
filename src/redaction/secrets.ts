/** A shorter value stands in any text: masking it would leave nothing to read. */
export const minSecretLength = 4

/** In bytes of UTF-8. */
export const maxSecretBytes = 2 ** 20

/** What names something, a shorter secret is left in: many names are ours, or those of files. */
const minStrongLength = 8

/** Of lines shown by themselves, shorter ones stand in any text. */
const minLineLength = 8

const maxWordLength = 20

/** A word or a few, as a person would choose, and a number: "test", "my-token", "Reports2026". */
const words = /^[\p{L}]+(?:[ ._-][\p{L}]+)*[\d]{0,4}$/u

/** Digits that may be a date or an amount. */
const shortNumber = /^\d{1,11}$/

/** Whether ordinary text may hold it by chance, so that masking it changes what is no secret. */
export function isWeakSecret(secret: string): boolean {
  if (secret.length < minStrongLength || shortNumber.test(secret)) return true
  return secret.length <= maxWordLength && words.test(secret)
}

/** A secret that can be masked: of the right length, without white space around it. */
export function maskable(secrets: readonly string[]): readonly string[] {
  const trimmed = secrets.map((secret) => secret.trim())
  return trimmed.filter(
    (secret) => secret.length >= minSecretLength && Buffer.byteLength(secret) <= maxSecretBytes,
  )
}

/** The lines of a secret that has several, such as a key: they are often shown one by one. */
export function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= minLineLength)
}
