import type { RunReport } from '../events.ts'

/** What runs here, as Error Reporting groups by it. */
export interface ServiceContext {
  readonly service: string
  readonly version: string
}

/** As Cloud Run names them; null elsewhere. */
export function serviceOf(
  env: Readonly<Record<string, string | undefined>>,
): ServiceContext | null {
  const { K_SERVICE: service, K_REVISION: version = '' } = env
  return service === undefined ? null : { service, version }
}

/** Makes Error Reporting take the entry, though a notebook's traceback is none that it can read. */
const reportedErrorEvent =
  'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent'

/** The fields with which Error Reporting accepts a failed run; it groups them by the location. */
export function reportedError(report: RunReport, service: ServiceContext | null): object {
  const { notebook, error } = report
  const place = error?.cell === undefined ? error?.code : `cell ${error.cell.index}`
  const reportLocation = {
    filePath: notebook ?? 'no notebook',
    functionName: place ?? 'deletion of the kernel',
  }
  return {
    '@type': reportedErrorEvent,
    ...(service !== null && { serviceContext: service }),
    context: { reportLocation },
  }
}

/** Cloud Logging's name for the trace of a W3C `traceparent` header: "projects/P/traces/ID". */
export function traceName(traceparent: string | null, project: string | null): string | null {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1]
  return id === undefined || project === null ? null : `projects/${project}/traces/${id}`
}
