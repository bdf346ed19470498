import { encodedPath } from '../util/path_segments.ts'
import { percentDecoded } from '../util/text.ts'

/** What the page shows, as stored in the hash of its URL. */
export type Place =
  | { readonly type: 'folder'; readonly path: string }
  | {
      readonly type: 'notebook'
      readonly path: string
      /** The texts of the form's fields, by parameter name. */
      readonly texts: ReadonlyMap<string, string>
    }

/** Reads "#/reports/daily.ipynb?limit=10"; a path that ends in a slash is a folder. */
export function readPlace(hash: string): Place {
  const [address = '', query = ''] = split(hash.replace(/^#/, ''))
  const path = `/${address.split('/').filter(isName).map(asTyped).join('/')}`
  if (!address.endsWith('/') && path !== '/') {
    return { type: 'notebook', path, texts: new Map(new URLSearchParams(query)) }
  }
  return { type: 'folder', path }
}

export function hashOf(place: Place): string {
  const address = encodedPath(place.path)
  if (place.type === 'folder') return `#${address}${address.endsWith('/') ? '' : '/'}`
  const query = new URLSearchParams([...place.texts]).toString()
  return `#${address}${query === '' ? '' : `?${query}`}`
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function split(text: string): readonly string[] {
  const mark = text.indexOf('?')
  return mark === -1 ? [text] : [text.slice(0, mark), text.slice(mark + 1)]
}

function isName(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..'
}

/** Decoded, or as it is where someone typed a "%" that is no escape. */
function asTyped(segment: string): string {
  return percentDecoded(segment) ?? segment
}
