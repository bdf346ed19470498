import { basename, resolve } from 'node:path'

/** Where the executed notebook goes; `path` may hold placeholders: "/out/{name} {date}.ipynb". */
export type Destination = ContentsDestination | GcsDestination | FileDestination

/** The notebook itself, or the page that the server's nbconvert makes of it. */
export type Format = 'ipynb' | 'html'

export interface ContentsDestination {
  readonly type: 'contents'
  readonly format: Format
  /** With one leading slash, not encoded. */
  readonly path: string
}

export interface GcsDestination {
  readonly type: 'gcs'
  readonly format: Format
  readonly bucket: string
  /** The object's name. */
  readonly path: string
}

export interface FileDestination {
  readonly type: 'file'
  readonly format: Format
  /** As it was given: from the root, or from the folder that the command was started in. */
  readonly path: string
  /** The folder before the first placeholder, which the file must not leave by a link. */
  readonly folder: string
}

/** The place in one word: "/out/a.ipynb", "gs://bucket/a.ipynb", "file:/home/ann/a.ipynb". */
export function addressOf(destination: Destination): string {
  if (destination.type === 'gcs') return `gs://${destination.bucket}/${destination.path}`
  return destination.type === 'file' ? `file:${resolve(destination.path)}` : destination.path
}

/** The place of the notebook beside the page. */
export function besidePage(page: Destination): Destination {
  return { ...page, format: 'ipynb', path: page.path.replace(/\.html$/, '.ipynb') }
}

/** The last part of the path, ending in ".ipynb". */
export function notebookName(destination: Destination): string {
  return basename(besidePage(destination).path)
}
