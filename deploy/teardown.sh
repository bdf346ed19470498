#!/usr/bin/env bash
# Deletes what deploy.sh and monitoring/apply.sh made.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"
# shellcheck source-path=SCRIPTDIR source=arguments.sh
source "$here/arguments.sh"
# shellcheck source-path=SCRIPTDIR source=monitoring/names.sh
source "$here/monitoring/names.sh"

yes=false

main() {
  read_arguments --yes -- "$@"
  refuse_words
  require_project
  name_installation
  # What cannot be seen, as when nobody is logged in, would count as what is not there.
  gc projects describe "$PROJECT" '--format=value(projectId)'
  $dry_run || $yes || ask
  delete_monitoring
  delete_parts
  delete_accounts
  $dry_run || say_what_stays
}

usage() {
  cat <<'TEXT'
Deletes what deploy.sh and monitoring/apply.sh made: the schedule, the function, the job, the HTTP
service, the topics with their messages, Jupyter with every file that its notebooks wrote, the secrets,
the accounts.

  deploy/teardown.sh [--dry-run] [--yes]

  --yes  do not ask before

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/commands.sh" "$here/monitoring/names.sh"
}

ask() {
  local answer=''
  printf 'This deletes nbtrigger and its Jupyter Server from the project "%s".\n' "$PROJECT"
  read -r -p 'Go on? Type yes: ' answer || true
  [[ $answer == yes ]] || fail 'Nothing is deleted'
}

delete_monitoring() {
  title 'Alerts, dashboard and metrics' '1 minute'
  when_enabled monitoring delete_alerts
}

# All installations of the project share the metrics: they go with the last one.
delete_alerts() {
  local file
  for file in "$here"/monitoring/policies/*.yaml; do
    delete_shown 'alpha monitoring policies' "$file"
  done
  delete_shown 'monitoring dashboards' "$here/monitoring/dashboard.yaml"
  ensure alpha monitoring policies list '--filter=displayName~"^nbtrigger "' \
    '--format=value(name)' -- delete_metrics
}

delete_metrics() {
  local file
  for file in "$here"/monitoring/metrics/*.yaml; do
    delete_named 'logging metrics' "$(basename "$file" .yaml)"
  done
}

delete_parts() {
  title 'Schedule, function, job, HTTP service, topics, Jupyter and secrets' '2 minutes'
  delete_named 'scheduler jobs' "$JOB" "--location=$REGION"
  local name
  delete_named 'functions' "$FUNCTION" "--region=$REGION"
  delete_named 'run jobs' "$RUN_JOB" "--region=$REGION"
  delete_named 'run services' "$HTTP_SERVICE" "--region=$REGION"
  delete_named 'pubsub subscriptions' "$REJECTED_SUBSCRIPTION"
  for name in "$TOPIC" "$RESULT_TOPIC" "$REJECTED_TOPIC"; do
    delete_named 'pubsub topics' "$name"
  done
  delete_named 'run services' "$JUPYTER" "--region=$REGION"
  delete_named 'secrets' "$SECRET"
  [[ -z $HTTP_SECRET ]] || delete_named 'secrets' "$HTTP_SECRET"
}

delete_accounts() {
  title 'Accounts' 'seconds'
  local name builder
  builder=$(account "$BUILD_ACCOUNT")
  when_found iam service-accounts describe "$builder" -- \
    gc projects remove-iam-policy-binding "$PROJECT" --role=roles/run.builder --condition=None \
    "--member=serviceAccount:$builder"
  for name in "$JUPYTER_ACCOUNT" "$FUNCTION_ACCOUNT" "$BUILD_ACCOUNT"; do
    delete_named 'iam service-accounts' "$(account "$name")"
  done
}

say_what_stays() {
  cat <<'TEXT'

Done. These stay, for others may use them: the services that are enabled, the container images in
Artifact Registry, the mail address that alerts went to, and a bucket with what is in it. So do jobs
and functions that were made under other names (JOB, FUNCTION): run this again with each.
TEXT
}

# delete_named GROUP NAME [FLAG]
delete_named() {
  local group
  read -r -a group <<<"$1"
  shift
  when_found "${group[@]}" describe "$@" -- gc "${group[@]}" delete "$@"
}

# delete_shown GROUP FILE: Google made up the names of these; the file says what they are called.
delete_shown() {
  local group name names list
  read -r -a group <<<"$1"
  list=("${group[@]}" list "--filter=displayName=\"$(display_name "$2")\"" '--format=value(name)')
  if $dry_run; then
    # shellcheck disable=SC2016 # for another shell to expand
    printf 'for NAME in $(%s); do\n  ' "$(gc "${list[@]}")"
    gc "${group[@]}" delete "$(unknown NAME)"
    printf 'done\n'
    return
  fi
  names=$(patiently gc "${list[@]}")
  for name in $names; do
    gc "${group[@]}" delete "$name"
  done
}

main "$@"
