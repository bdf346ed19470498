/*
 * Widgets set markup of a notebook with `innerHTML`, in the document that draws them. Where a policy
 * has to allow any script, for the frames inside, this keeps theirs from running.
 */

/** What loads a document or a script, or can change an attribute to one that does. */
const unsafeElements =
  'script, iframe, frame, object, embed, link, meta, base, template, animate, set, animateMotion, animateTransform'

const unsafeAttribute = /^(?:on.*|srcdoc|download|ping)$/i

/** Browsers ignore white space and control characters in a scheme. */
const scriptAddress = /^javascript:/i
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const ignored = /[\0-\x20]/g

/** From now on, markup that is set with `innerHTML` in this document becomes elements without scripts. */
export function withoutScriptsInMarkup(): void {
  const markup = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML')
  if (markup?.set === undefined)
    throw new Error('Cannot draw widgets: the browser has no innerHTML of elements')
  const inert = document.implementation.createHTMLDocument('') // runs and loads nothing
  Object.defineProperty(Element.prototype, 'innerHTML', {
    ...markup,
    set(this: Element, text: unknown) {
      const parsed = inert.importNode(this, false)
      markup.set?.call(parsed, text)
      removeScripts(contentOf(parsed))
      contentOf(this).replaceChildren(...contentOf(parsed).childNodes)
    },
  })
}

function contentOf(element: Element): ParentNode & Node {
  return element instanceof HTMLTemplateElement ? element.content : element
}

function removeScripts(parsed: ParentNode): void {
  for (const element of parsed.querySelectorAll(unsafeElements)) element.remove()
  for (const element of parsed.querySelectorAll('*'))
    for (const { name, value } of Array.from(element.attributes))
      if (isUnsafe(name, value)) element.removeAttribute(name)
}

function isUnsafe(name: string, value: string): boolean {
  return unsafeAttribute.test(name) || scriptAddress.test(value.replaceAll(ignored, ''))
}
