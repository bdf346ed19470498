import { expect, test } from '@jest/globals'
import { measureHttpLoad } from '../support/http_load.ts'

test('40 requests, 20 at once, are all answered, each with its own parameter, and no kernel is left', async () => {
  const figures = await measureHttpLoad({ requests: 40, atOnce: 20 })
  expect(figures).toMatchObject({ errors: [], kernelsLeft: 0 })
})
