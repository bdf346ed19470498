import { expect, test } from '@jest/globals'
import { measureHttpLoad } from '../support/http_load.ts'

test('20 requests, 10 at once, are all answered, each with its own parameter, and no kernel is left', async () => {
  const figures = await measureHttpLoad({ requests: 20, atOnce: 10 })
  expect(figures).toMatchObject({ errors: [], kernelsLeft: 0 })
})
