#!/usr/bin/env bash
# Sets up metrics, alerts and a dashboard for nbtrigger. Metrics are brought up to date with their
# files; alerts and dashboard stay as they are once they are there, for people change them by hand.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../settings.sh
source "$here/../settings.sh"
# shellcheck source-path=SCRIPTDIR source=../commands.sh
source "$here/../commands.sh"
# shellcheck source-path=SCRIPTDIR source=../arguments.sh
source "$here/../arguments.sh"

main() {
  read_arguments -- "$@"
  refuse_words
  require_project
  title 'The service that watches'
  gc services enable monitoring.googleapis.com
  apply_metrics
  find_channel
  apply_policies
  apply_dashboard
}

usage() {
  cat <<'TEXT'
Sets up metrics, alerts and a dashboard for nbtrigger. With NOTIFY the alerts send mail.

  NOTIFY=you@example.com deploy/monitoring/apply.sh [--dry-run]

TEXT
  print_settings "$here/../settings.sh"
}

apply_metrics() {
  title 'Metrics: runs, their duration, messages, kernels left behind'
  local file name
  for file in "$here"/metrics/*.yaml; do
    name=$(basename "$file" .yaml)
    ensure logging metrics describe "$name" -- \
      gc logging metrics create "$name" "--config-from-file=$file"
    gc logging metrics update "$name" "--config-from-file=$file"
  done
}

find_channel() {
  CHANNEL=''
  [[ -n $NOTIFY ]] || return 0
  title 'Where alerts go'
  local channels=(beta monitoring channels list
    "--filter=type=\"email\" AND labels.email_address=\"$NOTIFY\"" '--format=value(name)' --limit=1)
  ensure "${channels[@]}" -- gc beta monitoring channels create --type=email \
    "--display-name=nbtrigger" "--channel-labels=email_address=$NOTIFY"
  later CHANNEL "${channels[@]}"
}

apply_policies() {
  title 'Alerts: a run that fails, a kernel that is left, a schedule that stopped'
  local file create
  for file in "$here"/policies/*.yaml; do
    create=(alpha monitoring policies create "--policy-from-file=$file")
    [[ -z $CHANNEL ]] || create+=("--notification-channels=$CHANNEL")
    # A metric that was just made is not known everywhere at once.
    ensure_shown "$file" alpha monitoring policies -- patiently gc "${create[@]}"
  done
}

apply_dashboard() {
  title 'The dashboard'
  ensure_shown "$here/dashboard.yaml" monitoring dashboards -- \
    gc monitoring dashboards create "--config-from-file=$here/dashboard.yaml"
}

# ensure_shown FILE GROUP... -- MAKE: makes what has a name on display, and no other that we know.
ensure_shown() {
  local file=$1 group=()
  shift
  while [[ $1 != -- ]]; do
    group+=("$1")
    shift
  done
  ensure "${group[@]}" list "--filter=displayName=\"$(display_name "$file")\"" "$@"
}

main "$@"
