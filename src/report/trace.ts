/** Cloud Logging's name for the trace of a W3C `traceparent` header: "projects/P/traces/ID". */
export function traceName(traceparent: string | null, project: string | null): string | null {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1]
  return id === undefined || project === null ? null : `projects/${project}/traces/${id}`
}
