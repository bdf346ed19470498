import type { Answer } from './answer.ts'

/** Whether the `Server` header is that of Google's front end, which stands before Cloud Run. */
export function isGoogle({ serverName }: Answer): boolean {
  return /google|gfe|gse/i.test(serverName)
}

/** What its 401 or 403 means, and what to do. */
export function iamReason(answer: Answer, url: URL): string {
  const { status } = answer
  return `Google Cloud refuses the call before Jupyter sees it (${status}); ${advice(answer, url)}`
}

/** 401 is for a token that is not good there, 403 for an account that may not call, or no token. */
function advice({ account, status }: Answer, { host }: URL): string {
  if (account === null) {
    return (
      'set NBTRIGGER_AUTH=iam to send a Google ID token along, which the service asks for, or on a ' +
      'laptop open the service with "gcloud run services proxy" and call localhost'
    )
  }
  if (status === 403) {
    return `give "${account}" the role roles/run.invoker on the service behind ${host}`
  }
  return (
    `it does not take the ID token of "${account}" for ${host}; call the service by its own ` +
    'address under run.app, or make this one a custom audience of it'
  )
}
