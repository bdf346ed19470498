#!/usr/bin/env bash
# Deletes what deploy.sh and monitoring/apply.sh made.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"

sure=false

main() {
  read_arguments "$@"
  require_project
  $dry_run || $sure || ask
  delete_monitoring
  delete_parts
  delete_accounts
  $dry_run || say_what_stays
}

read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --dry-run) dry_run=true ;;
      --yes) sure=true ;;
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
Deletes what deploy.sh and monitoring/apply.sh made: the schedule, the function, the topic, Jupyter
with every file that its notebooks wrote, the token, the accounts.

  deploy/teardown.sh [--dry-run] [--yes]

  --yes  do not ask before

TEXT
  print_settings "$here/settings.sh"
}

ask() {
  local answer=''
  printf 'This deletes nbtrigger and its Jupyter Server from the project "%s".\n' "$PROJECT"
  read -r -p 'Go on? Type yes: ' answer || true
  [[ $answer == yes ]] || fail 'Nothing is deleted'
}

delete_monitoring() {
  title 'Alerts, dashboard and metrics'
  local file
  for file in "$here"/monitoring/policies/*.yaml; do
    delete_shown 'alpha monitoring policies' "$file"
  done
  delete_shown 'monitoring dashboards' "$here/monitoring/dashboard.yaml"
  for file in "$here"/monitoring/metrics/*.yaml; do
    delete_named 'logging metrics' "$(basename "$file" .yaml)"
  done
}

delete_parts() {
  title 'Schedule, function, topic, Jupyter and token'
  delete_named 'scheduler jobs' "$JOB" "--location=$REGION"
  delete_named 'functions' "$FUNCTION" "--region=$REGION"
  delete_named 'pubsub topics' "$TOPIC"
  delete_named 'run services' "$JUPYTER" "--region=$REGION"
  delete_named 'secrets' "$SECRET"
}

delete_accounts() {
  title 'Accounts'
  local name builder
  builder=$(account "$BUILD_ACCOUNT")
  remove iam service-accounts describe "$builder" -- \
    gc projects remove-iam-policy-binding "$PROJECT" --role=roles/run.builder --condition=None \
    "--member=serviceAccount:$builder"
  for name in "$JUPYTER_ACCOUNT" "$FUNCTION_ACCOUNT" "$BUILD_ACCOUNT"; do
    delete_named 'iam service-accounts' "$(account "$name")"
  done
}

say_what_stays() {
  cat <<'TEXT'

Done. These stay, for others may use them: the services that are enabled, the container images in
Artifact Registry, the mail address that alerts went to.
TEXT
}

# delete_named GROUP NAME [FLAG]
delete_named() {
  local group
  read -r -a group <<<"$1"
  shift
  remove "${group[@]}" describe "$@" -- gc "${group[@]}" delete "$@"
}

# delete_shown GROUP FILE: Google made up the names of these; the file says what they are called.
delete_shown() {
  local group name list
  read -r -a group <<<"$1"
  list=("${group[@]}" list "--filter=displayName=\"$(display_name "$2")\"" '--format=value(name)')
  if $dry_run; then
    # shellcheck disable=SC2016 # for another shell to expand
    printf 'for NAME in $(%s); do\n  ' "$(gc "${list[@]}")"
    gc "${group[@]}" delete @NAME@
    printf 'done\n'
    return
  fi
  for name in $(gc "${list[@]}"); do
    gc "${group[@]}" delete "$name"
  done
}

main "$@"
