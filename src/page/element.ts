import { safeText } from '../util/text.ts'

type Child = Node | string | null
type Attributes = Readonly<Record<string, string | boolean>>

/**
 * Creates an element. An attribute that is `true` has no value, `false` leaves it out. Strings among
 * the children are added as text, not as markup.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value)
  }
  const shown = children.filter((child) => child !== null)
  made.append(...shown.map((child) => (typeof child === 'string' ? safeText(child) : child)))
  return made
}

/** The element of index.html with this id. */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`Cannot find "${id}" in the page`)
}
