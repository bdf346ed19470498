# shellcheck shell=bash
# The services of Google Cloud, and who acts in them.

enable_apis() {
  title 'The services of Google Cloud that take part'
  gc services enable run.googleapis.com cloudfunctions.googleapis.com cloudbuild.googleapis.com \
    artifactregistry.googleapis.com eventarc.googleapis.com pubsub.googleapis.com \
    secretmanager.googleapis.com cloudscheduler.googleapis.com logging.googleapis.com \
    iam.googleapis.com
}

create_accounts() {
  title 'An account each for Jupyter, the functions and the builds'
  create_account "$JUPYTER_ACCOUNT" 'Jupyter and its notebooks'
  create_account "$FUNCTION_ACCOUNT" 'The functions of nbtrigger'
  create_account "$BUILD_ACCOUNT" 'The builds of nbtrigger and Jupyter'
  patiently gc projects add-iam-policy-binding "$PROJECT" --role=roles/run.builder \
    --condition=None "--member=serviceAccount:$(account "$BUILD_ACCOUNT")"
}

create_account() {
  ensure iam service-accounts describe "$(account "$1")" -- \
    gc iam service-accounts create "$1" "--display-name=$2"
}

build_account() {
  printf 'projects/%s/serviceAccounts/%s' "$PROJECT" "$(account "$BUILD_ACCOUNT")"
}
