// oxlint-disable no-control-regex -- control characters are what they look for
/** A terminal acts on C0, DEL and C1 controls; tab and newline are text. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** What shows the characters after it in another order than they stand (Unicode's UAX #9). */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g
/** Of these, what JSON.stringify leaves as it is, with every other mark of direction or line. */
const unsafeInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g
// oxlint-enable no-control-regex

/** The text without what a terminal or a browser would act on; lines end with "\n" alone. */
export function safeText(text: string): string {
  return text
    .replace(/[\u2028\u2029]/g, '\n')
    .replace(controls, '')
    .replace(reordering, '')
}

/** JSON that shows as it reads: the value is the same, with such characters written as \u escapes. */
export function safeJson(json: string): string {
  return json.replace(unsafeInJson, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
