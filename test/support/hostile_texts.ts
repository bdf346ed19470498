/** Texts that a terminal or a browser would act on, by what they try. */
export const hostileTexts: Readonly<Record<string, string>> = {
  'a colour': 'a\u001b[31mb',
  'a title for the window': 'a\u001b]0;owned\u0007b',
  'a cursor that goes up': 'a\u001b[2A\u001b[2Kb',
  'C1 for a colour': 'a\u009b31mb',
  'C1 for a string of the operating system': 'a\u009d0;owned\u009cb',
  'C1 for a next line': 'a\u0085b',
  DEL: 'a\u007fb',
  NUL: 'a\u0000b',
  backspaces: 'good\b\b\b\bbad',
  'a line that is written over': 'bad\rgood',
  'an override of direction': 'a\u202egnp.exe',
  'an isolate': 'a\u2066b\u2069\u2067c',
  'an embedding': 'a\u202a\u202b\u202c\u202db',
  'a line separator': 'a\u2028/n.ipynb succeeded in 0.1 s: 15',
  'a paragraph separator': 'a\u2029/n.ipynb succeeded in 0.1 s: 15',
  'a line that looks like the last one': 'a\n/n.ipynb succeeded in 0.1 s: 15',
  'the same with a carriage return': 'a\r\n/n.ipynb succeeded in 0.1 s: 15',
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/gu

/** The characters that must not reach a person, as code points; empty where all is well. */
export function unsafeIn(text: string): readonly string[] {
  return Array.from(text.matchAll(unsafe), ([char]) => char.codePointAt(0)?.toString(16) ?? '')
}

/** Whether a name has made a line of its own that looks like the end of another run. */
export function isForged(text: string): boolean {
  return text.split('\n').some((line) => line.startsWith('/n.ipynb succeeded'))
}
