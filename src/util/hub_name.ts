/** A server of JupyterHub as "ann/server", or "ann" for the user's default server, which has no name. */
export function hubServerName({
  user,
  server,
}: {
  readonly user: string
  readonly server: string
}): string {
  return server === '' ? user : `${user}/${server}`
}
