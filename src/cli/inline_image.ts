import type { Env } from '../request/env.ts'

/** How a terminal takes a picture: https://iterm2.com/documentation-images.html, or kitty's way. */
export type ImageProtocol = 'iterm2' | 'kitty'

/** What the terminal says of itself; null where it does not say that it takes pictures. */
export function imageProtocol(env: Env): ImageProtocol | null {
  // A multiplexer keeps what the terminal says, and takes no pictures.
  if (env['TMUX'] !== undefined || /^(?:screen|tmux)/.test(env['TERM'] ?? '')) return null
  if (env['TERM'] === 'xterm-kitty' || env['KITTY_WINDOW_ID'] !== undefined) return 'kitty'
  const isITerm = env['TERM_PROGRAM'] === 'iTerm.app' || env['LC_TERMINAL'] === 'iTerm2'
  return isITerm ? 'iterm2' : null
}

const protocols: Readonly<
  Record<
    ImageProtocol,
    { readonly types: readonly string[]; readonly draw: (base64: string, bytes: number) => string }
  >
> = {
  iterm2: {
    types: ['image/png', 'image/jpeg', 'image/gif'],
    draw: (base64, bytes) => `\u001b]1337;File=inline=1;size=${bytes}:${base64}\u0007`,
  },
  kitty: { types: ['image/png'], draw: kittyImage },
}

/** The escape sequence that draws the picture; null when the terminal does not take this type. */
export function inlineImage(
  protocol: ImageProtocol | null,
  type: string,
  bytes: Buffer,
): string | null {
  if (protocol === null || !protocols[protocol].types.includes(type)) return null
  // Encoded anew: what the notebook calls base64 could hold other escapes.
  return protocols[protocol].draw(bytes.toString('base64'), bytes.length)
}

/** What kitty takes in one escape, in characters. */
const maxChunk = 4096

/** https://sw.kovidgoyal.net/kitty/graphics-protocol/: f=100 is PNG, m=1 means that more follows. */
function kittyImage(base64: string): string {
  const chunks = base64.match(new RegExp(`.{1,${maxChunk}}`, 'g')) ?? []
  return chunks
    .map((chunk, index) => {
      const more = index < chunks.length - 1 ? 1 : 0
      const keys = index === 0 ? `a=T,f=100,m=${more}` : `m=${more}`
      return `\u001b_G${keys};${chunk}\u001b\\`
    })
    .join('')
}
