/** Whether the properties fit a filter of gcloud: comparisons by =, != and ~ with AND between them. */
export function matches(properties: Readonly<Record<string, unknown>>, filter = ''): boolean {
  return filter.split(' AND ').every((comparison) => {
    const [, key, operator, value] = /^([^!=~]+)(!?=|~)"?([^"]*)"?$/.exec(comparison) ?? []
    if (key === undefined || value === undefined)
      throw new Error(`Cannot read the filter "${comparison}"`)
    if (operator === '~') return new RegExp(value).test(String(properties[key]))
    return (String(properties[key]) === value) === (operator === '=')
  })
}
