import { ContentsApi } from '../../src/jupyter/contents.ts'
import { RestClient } from '../../src/jupyter/rest.ts'

/** A Jupyter Server that cannot be called: for what must not call one. */
export const noServer = {
  contents: new ContentsApi(
    new RestClient(new URL('http://127.0.0.1:1/'), () => {
      throw new Error('Cannot call a server: there is none')
    }),
  ),
}
