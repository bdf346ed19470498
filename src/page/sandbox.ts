import { element } from './element.ts'

interface MarkupPolicy {
  createHTML(markup: string): string
}

interface PolicyFactory {
  createPolicy(name: string, rules: MarkupPolicy): MarkupPolicy
}

/** The page's one way to markup, which its content security policy names; older browsers have none. */
const policy = policyFactory()?.createPolicy('nbtrigger-sandbox', {
  createHTML: (markup) => markup,
})

/**
 * Stricter than the page's own policy, which the frame inherits: of this function, too, it can ask
 * for nothing. It stands before the markup, and so nothing in there comes first.
 */
const frameHead = `<!doctype html><meta charset="utf-8"><meta http-equiv="content-security-policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">`

/** A link that leads out of the frame would only show that it is blocked. */
const frameTail = '<style>a:not([href^="#"]){pointer-events:none}</style>'

/**
 * A frame for markup that nobody vouches for. Its origin is nobody's, no script runs in it, and it
 * can neither navigate, open windows, send forms nor reach the network.
 */
export function sandboxFrame(markup: string, title: string): HTMLIFrameElement {
  const frame = element('iframe', { sandbox: '', title, referrerpolicy: 'no-referrer' })
  const held = `${frameHead}${markup}${frameTail}`
  frame.srcdoc = policy?.createHTML(held) ?? held
  return frame
}

function policyFactory(): PolicyFactory | undefined {
  const { trustedTypes }: { readonly trustedTypes?: PolicyFactory } = Object(globalThis)
  return trustedTypes
}
