/** What gcloud writes to stderr when Google refuses; it then exits with 1. */
export class Refusal extends Error {}

/**
 * Google's own words, as its users report them and as gcloud's source has them; of what is asked of a job
 * in the wrong state, only the kind of error is known.
 */
export const refusals = {
  apiDisabled: (title: string, host: string) =>
    `PERMISSION_DENIED: ${title} has not been used in project demo before or it is disabled. ` +
    `Enable it by visiting https://console.developers.google.com/apis/api/${host}/overview?project=demo ` +
    'then retry. If you enabled this API recently, wait a few minutes for the action to propagate ' +
    'to our systems and retry.',
  unknownAccount: (email: string) => `INVALID_ARGUMENT: Service account ${email} does not exist.`,
  mayNotActAs: (email: string) =>
    `PERMISSION_DENIED: Permission 'iam.serviceaccounts.actAs' denied on service account ${email} ` +
    '(or it may not exist).',
  mayNotBuild: (email: string) =>
    'INVALID_ARGUMENT: Invalid build request. could not resolve source: googleapi: Error 403: ' +
    `${email} does not have storage.objects.get access to the Google Cloud Storage object. ` +
    "Permission 'storage.objects.get' denied on resource (or it may not exist)., forbidden",
  mayNotBuildFunction: () =>
    'OperationError: code=3, message=Build failed with status: FAILURE. Could not build the ' +
    'function due to a missing permission on the build service account. If you did not revoke ' +
    'that permission explicitly, this could be caused by a change in the organization policies.',
  mayNotReadSecret: (secret: string, email: string) =>
    'spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name: Permission denied ' +
    `on secret: projects/123456789/secrets/${secret}/versions/latest for Revision service account ` +
    `${email}. The service account used must be granted the 'Secret Manager Secret Accessor' role ` +
    '(roles/secretmanager.secretAccessor) at the secret, project or higher level.',
  noSecretVersion: (secret: string) =>
    `spec.template.spec.containers[0].env[0].value_from.secret_key_ref.name: Secret projects/123456789/secrets/${secret}/versions/latest was not found`,
  functionsAgent: () =>
    'OperationError: code=13, message=Unable to retrieve the repository metadata for ' +
    'projects/demo/locations/us-central1/repositories/gcf-artifacts. Ensure that the Cloud Functions ' +
    "service account has 'artifactregistry.repositories.list' and " +
    "'artifactregistry.repositories.get' permissions.",
  eventarcAgent: (trigger: string) =>
    `ResponseError: status=[400], code=[Bad Request], message=[Validation failed for trigger ${trigger}: ` +
    'Invalid resource state for "": Permission denied while using the Eventarc Service Agent. If ' +
    'you recently started to use Eventarc, it may take a few minutes before all necessary ' +
    'permissions are propagated to the Service Agent. Otherwise, verify that it has Eventarc ' +
    'Service Agent role.]',
  unknownMetric: (type: string) =>
    `NOT_FOUND: Cannot find metric(s) that match type = "${type}". If a metric was created ` +
    'recently, it could take up to 10 minutes to become available. Please try again soon.',
  pausedUpdate: () => 'FAILED_PRECONDITION: Precondition check failed.',
  notEnabled: () => 'FAILED_PRECONDITION: Job state must be ENABLED',
  region: () =>
    'FAILED_PRECONDITION: due to quota restrictions, Cloud Build cannot run builds in this ' +
    'region, see https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects',
} as const

/** How each kind of thing is not found; the others as Pub/Sub says it. */
const missing: Readonly<Record<string, (name: string) => string>> = {
  'run services': (name) => `Cannot find service [${name}]`,
  functions: (name) =>
    "ResponseError: status=[404], code=[Not Found], message=[Resource 'projects/demo/locations/" +
    `us-central1/functions/${name}' was not found]`,
  secrets: (name) => `NOT_FOUND: Secret [projects/123456789/secrets/${name}] not found.`,
  'iam service-accounts': () => 'NOT_FOUND: Unknown service account',
  'storage buckets': (name) => `gs://${name} not found: 404.`,
  'scheduler jobs': () => 'NOT_FOUND: Job not found.',
}

export function notFound(group: string, name: string): string {
  return missing[group]?.(name) ?? `NOT_FOUND: Resource not found (resource=${name}).`
}

export function alreadyExists(group: string, name: string): string {
  return `ALREADY_EXISTS: Resource already exists in the project (${group} ${name}).`
}
