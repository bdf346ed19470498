import { RunError } from '../errors.ts'

/** `GET /`: there is no page. */
export async function answerPage(): Promise<never> {
  throw new RunError('ROUTE_NOT_FOUND', 'Cannot show a page: there is none; see "/openapi.json"')
}
