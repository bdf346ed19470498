import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { answerNotebooks } from './notebooks_answer.ts'
import { answerOpenapi } from './openapi_answer.ts'
import { answerPage } from './page_answer.ts'
import { answerParameters } from './parameters_answer.ts'
import { answerPath, answerPosted } from './run_answer.ts'
import type { Answer } from './service.ts'

export interface Route {
  /** The whole path, or its start when it ends in a slash and something follows. */
  readonly path: string
  readonly methods: Readonly<Partial<Record<string, Answer>>>
}

/** What stands where. */
export const routes: readonly Route[] = [
  { path: '/', methods: { GET: answerPage, POST: answerPosted } },
  { path: '/page/', methods: { GET: answerPage } },
  { path: '/run/', methods: { GET: answerPath, POST: answerPath } },
  { path: '/notebooks', methods: { GET: answerNotebooks } },
  { path: '/parameters/', methods: { GET: answerParameters } },
  { path: '/openapi.json', methods: { GET: answerOpenapi } },
]

/** The page holds nothing but itself: it is for browsers, which have no key to send with a link. */
export function isOpen({
  method,
  path,
}: {
  readonly method: string
  readonly path: string
}): boolean {
  return method === 'GET' && (path === '/' || path.startsWith('/page/'))
}

/** The route of a path; throws ROUTE_NOT_FOUND. */
export function findRoute(path: string): Route {
  const found = routes.find((route) => (isTree(route) ? isBelow(path, route) : path === route.path))
  if (found !== undefined) return found
  const hint = 'see "/openapi.json" for what there is'
  throw new RunError(
    'ROUTE_NOT_FOUND',
    `Cannot find ${quoted(path)}: there is no such path; ${hint}`,
  )
}

function isTree({ path }: Route): boolean {
  return path.length > 1 && path.endsWith('/')
}

function isBelow(path: string, route: Route): boolean {
  return path.startsWith(route.path) && path.length > route.path.length
}
