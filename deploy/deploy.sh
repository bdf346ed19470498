#!/usr/bin/env bash
# Sets up all of nbtrigger in a Google Cloud project. Can be run again: what is there stays.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"

new_token=false

main() {
  read_arguments "$@"
  access_flag >/dev/null
  require_project
  $dry_run || trap advise EXIT
  # The parts, in the order in which they need each other.
  enable_apis
  create_accounts
  create_token
  deploy_jupyter
  create_topic
  deploy_function
  schedule_job
  $dry_run || say_what_next
}

read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --dry-run) dry_run=true ;;
      --public-jupyter) JUPYTER_ACCESS=public ;;
      --new-token) new_token=true ;;
      --help)
        usage
        exit
        ;;
      *) fail "Cannot read the argument \"$argument\": there is no such option; see --help" ;;
    esac
  done
}

usage() {
  cat <<'TEXT'
Sets up nbtrigger in a Google Cloud project: Jupyter on Cloud Run, the function, its topic and its
schedule.

  deploy/deploy.sh [--dry-run] [--public-jupyter] [--new-token]

  --dry-run         print every command, and run none
  --public-jupyter  everyone can reach Jupyter, and its token alone keeps them out (the default,
                    and the only way today)
  --new-token       give Jupyter and the function a new token

TEXT
  print_settings "$here/settings.sh"
}

advise() {
  local status=$?
  ((status == 0)) || cat >&2 <<'TEXT'

Stopped. A new project grants its roles slowly: the same command may do in a few minutes.
It goes on from here, and what is there stays.
TEXT
}

enable_apis() {
  title 'The services of Google Cloud that take part'
  gc services enable run.googleapis.com cloudfunctions.googleapis.com cloudbuild.googleapis.com \
    artifactregistry.googleapis.com eventarc.googleapis.com pubsub.googleapis.com \
    secretmanager.googleapis.com cloudscheduler.googleapis.com logging.googleapis.com \
    iam.googleapis.com
}

create_accounts() {
  title 'An account each for Jupyter, the function and the builds'
  create_account "$JUPYTER_ACCOUNT" 'Jupyter and its notebooks'
  create_account "$FUNCTION_ACCOUNT" 'The function nbtrigger'
  create_account "$BUILD_ACCOUNT" 'The builds of nbtrigger and Jupyter'
  patiently gc projects add-iam-policy-binding "$PROJECT" --role=roles/run.builder \
    --condition=None "--member=serviceAccount:$(account "$BUILD_ACCOUNT")"
}

create_account() {
  ensure iam service-accounts describe "$(account "$1")" -- \
    gc iam service-accounts create "$1" "--display-name=$2"
}

create_token() {
  title 'The Jupyter token, which Jupyter and the function may read'
  ensure secrets describe "$SECRET" -- \
    gc secrets create "$SECRET" --replication-policy=automatic
  if $new_token; then
    add_token
  else
    ensure secrets versions describe latest "--secret=$SECRET" -- add_token
  fi
  local reader
  for reader in "$JUPYTER_ACCOUNT" "$FUNCTION_ACCOUNT"; do
    patiently gc secrets add-iam-policy-binding "$SECRET" \
      --role=roles/secretmanager.secretAccessor "--member=serviceAccount:$(account "$reader")"
  done
}

# From program to program: no file and no command line ever holds it.
add_token() {
  if $dry_run; then
    printf "openssl rand -hex 24 | tr -d '\\\\n' | "
    gc secrets versions add "$SECRET" --data-file=-
  else
    openssl rand -hex 24 | tr -d '\n' | gc secrets versions add "$SECRET" --data-file=-
  fi
}

# One instance: a kernel lives in one, and requests would be shared out among more.
deploy_jupyter() {
  title 'The Jupyter Server on Cloud Run'
  gc run deploy "$JUPYTER" "--region=$REGION" "--source=$here/jupyter" \
    "--service-account=$(account "$JUPYTER_ACCOUNT")" \
    "--build-service-account=projects/$PROJECT/serviceAccounts/$(account "$BUILD_ACCOUNT")" \
    "--set-secrets=/secrets/jupyter/token=$SECRET:latest" \
    "$(access_flag)" --timeout=3600 --concurrency=80 --session-affinity \
    "--min-instances=$JUPYTER_MIN_INSTANCES" --max-instances=1 \
    "--cpu=$JUPYTER_CPU" --cpu-boost "--memory=$JUPYTER_MEMORY"
  find_jupyter_host
}

# Who gets as far as to be asked for the token.
access_flag() {
  case $JUPYTER_ACCESS in
    public) printf -- --allow-unauthenticated ;;
    *) fail "Cannot use JUPYTER_ACCESS \"$JUPYTER_ACCESS\": it can only be \"public\" today" ;;
  esac
}

create_topic() {
  title 'The topic'
  ensure pubsub topics describe "$TOPIC" -- gc pubsub topics create "$TOPIC"
}

deploy_function() {
  title 'The function'
  local itself
  itself=$(account "$FUNCTION_ACCOUNT")
  gc functions deploy "$FUNCTION" --gen2 "--region=$REGION" --runtime=nodejs22 \
    --entry-point=nbtrigger "--source=${here%/*}" \
    "--trigger-topic=$TOPIC" --retry "--trigger-service-account=$itself" \
    "--service-account=$itself" \
    "--build-service-account=projects/$PROJECT/serviceAccounts/$(account "$BUILD_ACCOUNT")" \
    "--set-env-vars=JUPYTER_SERVER=$JUPYTER_HOST" \
    "--set-secrets=JUPYTER_TOKEN=$SECRET:latest" \
    --no-allow-unauthenticated --timeout=540s --concurrency=1 \
    "--max-instances=$FUNCTION_MAX_INSTANCES" "--memory=$FUNCTION_MEMORY"
  # Messages are delivered in the name of this account.
  gc functions add-invoker-policy-binding "$FUNCTION" "--region=$REGION" \
    "--member=serviceAccount:$itself"
}

schedule_job() {
  title 'The schedule'
  local job=("$JOB" "--location=$REGION" "--schedule=$SCHEDULE" "--time-zone=$TIME_ZONE"
    "--topic=$TOPIC" "--message-body=$(message "$NOTEBOOK${OPTIONS:+ $OPTIONS}")")
  ensure scheduler jobs describe "$JOB" "--location=$REGION" -- \
    gc scheduler jobs create pubsub "${job[@]}"
  gc scheduler jobs update pubsub "${job[@]}" # it may have been there with other settings
}

say_what_next() {
  printf '\nDone. Run the notebook now: deploy/publish.sh\nSee what came of it:  deploy/logs.sh\n'
}

main "$@"
