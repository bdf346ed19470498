import sanitizeHtml from 'sanitize-html'

const mathTags =
  'math semantics annotation mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot ' +
  'mtable mtr mtd mover munder munderover mstyle mpadded mphantom menclose mmultiscripts mprescripts'
const mathAttributes =
  'xmlns display encoding mathvariant mathcolor mathbackground mathsize stretchy fence separator ' +
  'lspace rspace minsize maxsize movablelimits accent accentunder columnalign rowalign columnspacing ' +
  'rowspacing columnlines rowlines displaystyle scriptlevel linethickness width height depth voffset notation'

const options: sanitizeHtml.IOptions = {
  allowedTags: [
    ...sanitizeHtml.defaults.allowedTags,
    'img',
    'del',
    'ins',
    'details',
    'summary',
    ...mathTags.split(' '),
  ],
  allowedAttributes: {
    '*': [
      'class',
      'title',
      'align',
      'valign',
      'dir',
      'lang',
      'colspan',
      'rowspan',
      'scope',
      'border',
      'style',
      ...mathAttributes.split(' '),
    ],
    a: ['href', 'name'],
    img: ['src', 'alt', 'width', 'height'],
    ol: ['start', 'type'],
    details: ['open'],
  },
  allowedStyles: {
    '*': {
      'text-align': [/^\w+$/],
      'vertical-align': [/^[\w-]+$/],
      'font-weight': [/^\w+$/],
      'font-style': [/^\w+$/],
      'white-space': [/^[\w-]+$/],
      'font-family': [/^[\w\s,'"-]+$/],
      'text-decoration': [/^[\w\s-]+$/],
      color: [/^[#\w\s(),.%]+$/],
      'background-color': [/^[#\w\s(),.%]+$/],
      border: [/^[#\w\s(),.%]+$/],
      padding: [/^[\w\s.%]+$/],
      width: [/^[\d.]+(?:px|em|%)$/],
      height: [/^[\d.]+(?:px|em|%)$/],
    },
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['data'] },
  disallowedTagsMode: 'discard',
}

/** HTML without anything that runs, loads or sends: for the page itself. */
export function safeHtml(html: string): string {
  return sanitizeHtml(html, options)
}

/** What a page must not have in its own document, and what it loses without it. */
const active =
  /<(?:script|iframe|object|embed|form|input|button|select|textarea|link|canvas|video|audio|svg|base|meta)\b|\son\w+\s*=/i
const styled = /<style\b(?![^>]*\bscoped\b)/i

/** Whether HTML is more than `safeHtml()` keeps, so that it has to be in a frame of its own. */
export function needsFrame(html: string): boolean {
  return active.test(html) || styled.test(html)
}
