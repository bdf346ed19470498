/** The name of the notebook at an address, for files made of it: "daily" for "gs://bucket/daily.ipynb#17". */
export function notebookName(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1).replace(/(?:\.ipynb)?(?:#\d+)?$/, '')
}
