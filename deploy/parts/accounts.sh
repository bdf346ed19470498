# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# The services of Google Cloud, and who acts in them.

enable_apis() {
  title 'The services of Google Cloud that take part' '1 minute'
  gc services enable run.googleapis.com cloudfunctions.googleapis.com cloudbuild.googleapis.com \
    artifactregistry.googleapis.com eventarc.googleapis.com pubsub.googleapis.com \
    secretmanager.googleapis.com cloudscheduler.googleapis.com logging.googleapis.com \
    iam.googleapis.com cloudresourcemanager.googleapis.com storage.googleapis.com
}

create_accounts() {
  title 'An account each for Jupyter, the functions and the builds' '1 minute'
  create_account "$JUPYTER_ACCOUNT" 'Jupyter and its notebooks'
  create_account "$FUNCTION_ACCOUNT" 'The functions of nbtrigger'
  create_account "$BUILD_ACCOUNT" 'The builds of nbtrigger and Jupyter'
  patiently gc projects add-iam-policy-binding "$PROJECT" --role=roles/run.builder \
    --condition=None "--member=serviceAccount:$(account "$BUILD_ACCOUNT")"
}

create_account() {
  ensure iam service-accounts describe "$(account "$1")" -- \
    patiently gc iam service-accounts create "$1" "--display-name=$2"
}

# Google makes these only when they are first needed, which is too late for the first deployment.
# Pub/Sub delivers messages in the name of the function's account; in projects in which it has been used
# since before April 2021, it may do so only with a role of its own.
create_agents() {
  title 'The accounts of the services of Google Cloud themselves' '1 minute'
  local service
  for service in eventarc pubsub cloudfunctions run; do
    patiently gc beta services identity create "--service=$service.googleapis.com"
  done
  patiently gc projects add-iam-policy-binding "$PROJECT" --role=roles/eventarc.serviceAgent \
    --condition=None "--member=$(agent eventarc)"
  patiently gc iam service-accounts add-iam-policy-binding "$(account "$FUNCTION_ACCOUNT")" \
    --role=roles/iam.serviceAccountTokenCreator "--member=$(agent pubsub)"
}

# agent SERVICE: the account of Google's own.
agent() {
  printf 'serviceAccount:service-%s@gcp-sa-%s.iam.gserviceaccount.com' "$PROJECT_NUMBER" "$1"
}

build_account() {
  printf 'projects/%s/serviceAccounts/%s' "$PROJECT" "$(account "$BUILD_ACCOUNT")"
}
