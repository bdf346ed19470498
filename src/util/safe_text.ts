// oxlint-disable no-control-regex -- control characters are what they look for
/** A terminal acts on C0, DEL and C1 controls; tab and newline are text. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Characters that change the order in which the following ones are shown (Unicode's UAX #9). */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g
/** Those of them that JSON.stringify does not escape, and all other marks of direction or line. */
const unsafeInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g
// oxlint-enable no-control-regex

/** The text without characters that a terminal or browser would interpret; lines end with "\n" only. */
export function safeText(text: string): string {
  return text
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(controls, '')
    .replace(reordering, '')
}

/** The same JSON value with such characters written as \u escapes, so that it is shown as it reads. */
export function safeJson(json: string): string {
  return json.replace(unsafeInJson, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
