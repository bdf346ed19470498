import { element } from './element.ts'

interface MarkupPolicy {
  createHTML(markup: string): string
}

interface PolicyFactory {
  createPolicy(name: string, rules: MarkupPolicy): MarkupPolicy
}

/** The Trusted Types policy that the content security policy allows; undefined in older browsers. */
const policy = policyFactory()?.createPolicy('nbtrigger-sandbox', {
  createHTML: (markup) => markup,
})

/**
 * Adds a stricter policy to the inherited one: the frame cannot connect to this service either. It
 * precedes the markup, so that it applies to all of it.
 */
const frameHead = `<!doctype html><meta charset="utf-8"><meta http-equiv="content-security-policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">`

/** Disables links out of the frame, which would only show an error page. */
const frameTail = '<style>a:not([href^="#"]){pointer-events:none}</style>'

/**
 * A sandboxed frame for untrusted markup. It has an opaque origin, runs no scripts, and can neither
 * navigate, open windows, submit forms nor use the network.
 */
export function sandboxFrame(markup: string, title: string): HTMLIFrameElement {
  const frame = element('iframe', { sandbox: '', title, referrerpolicy: 'no-referrer' })
  const html = `${frameHead}${markup}${frameTail}`
  frame.srcdoc = policy?.createHTML(html) ?? html
  return frame
}

function policyFactory(): PolicyFactory | undefined {
  const { trustedTypes }: { readonly trustedTypes?: PolicyFactory } = Object(globalThis)
  return trustedTypes
}
