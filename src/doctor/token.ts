import { good, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether the server takes the token. */
export const tokenCheck: Check = {
  name: 'token',
  needs: ['base URL'],
  examine: tryToken,
  advice: "set JUPYTER_TOKEN to the server's token",
}

async function tryToken({ server, chart }: Patient, signal: AbortSignal): Promise<Opinion> {
  chart.kernelspecs = await server.kernelspecs(signal)
  if (!(await server.takesNoToken(signal))) return good('JUPYTER_TOKEN is accepted')
  const what =
    'the server takes calls without a token: JUPYTER_TOKEN is not needed, and whoever reaches the ' +
    'server can run code there'
  return warning(what, 'start it with a token, or let nobody else reach it')
}
