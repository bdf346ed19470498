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
# shellcheck source-path=SCRIPTDIR source=../lookups.sh
source "$here/../lookups.sh"
# shellcheck source-path=SCRIPTDIR source=names.sh
source "$here/names.sh"

main() {
  read_arguments -- "$@"
  refuse_words
  require_project
  name_installation
  $dry_run || trap advise EXIT
  find_subscription
  find_jupyter_host
  title 'The services that watch' 'seconds'
  gc services enable logging.googleapis.com monitoring.googleapis.com
  apply_metrics
  apply_dashboard
  find_channel
  apply_policies
  start_silence
}

usage() {
  cat <<'TEXT'
Sets up metrics, alerts and a dashboard for nbtrigger, after deploy/deploy.sh. With NOTIFY the alerts
send mail. Each call also runs the notebook of the schedule, because the alert on silence notices nothing
before the first run; with SILENCE=none there is neither.

  NOTIFY=you@example.com deploy/monitoring/apply.sh [--dry-run]

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/../commands.sh" "$here/../lookups.sh" "$here/names.sh"
}

apply_metrics() {
  title 'Metrics: runs, their duration, messages, kernels left behind, warm kernels' '1 minute'
  local file name
  for file in "$here"/metrics/*.yaml; do
    name=$(basename "$file" .yaml)
    ensure logging metrics describe "$name" -- \
      patiently gc logging metrics create "$name" "--config-from-file=$file"
    patiently gc logging metrics update "$name" "--config-from-file=$file"
  done
}

apply_dashboard() {
  title 'The dashboard' 'seconds'
  ensure_shown "$here/dashboard.yaml" monitoring dashboards -- \
    patiently gc monitoring dashboards create "--config=$(filled "$here/dashboard.yaml")"
}

find_channel() {
  CHANNEL=''
  [[ -n $NOTIFY ]] || return 0
  title 'Where alerts go' 'seconds'
  local channels=(beta monitoring channels list
    "--filter=type=\"email\" AND labels.email_address=\"$NOTIFY\"" '--format=value(name)' --limit=1)
  ensure "${channels[@]}" -- patiently gc beta monitoring channels create --type=email \
    "--display-name=nbtrigger" "--channel-labels=email_address=$NOTIFY"
  later CHANNEL "${channels[@]}"
}

apply_policies() {
  title 'Alerts: runs that fail, messages and schedules that nobody takes care of' \
    '10 minutes the first time, until the metrics are known'
  local file
  for file in "$here"/policies/*.yaml; do
    [[ $SILENCE != none || $file != */silence.yaml ]] || continue
    ensure_shown "$file" alpha monitoring policies -- create_policy "$file"
  done
}

# A metric that was made just now may be unknown for 10 minutes.
create_policy() {
  local create=(alpha monitoring policies create "--policy=$(filled "$1")")
  [[ -z $CHANNEL ]] || create+=("--notification-channels=$CHANNEL")
  repeatedly 72 gc "${create[@]}"
}

# The alert on silence counts from the first run after it was made. Whether there has been one cannot be
# seen, as when a call was broken off before: so each one publishes the message of the schedule.
start_silence() {
  [[ $SILENCE != none ]] || return 0
  title 'A run of the notebook of the schedule, from which the alert on silence counts' 'seconds'
  gc pubsub topics publish "$TOPIC" "--message=$(message "$(scheduled_words)")"
}

# The text of a file, with the names of this deployment in it.
filled() {
  local text name
  text=$(<"$1")
  for name in FUNCTION INSTALLATION PROJECT REJECTED_SUBSCRIPTION SERVICES SILENCE SUBSCRIPTION; do
    text=${text//"@$name@"/"${!name}"}
  done
  printf '%s' "$text"
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

advise() {
  local status=$?
  ((status == 0)) || cat >&2 <<'TEXT'

Stopped. The last lines of Google Cloud above say why. Alerts need what deploy/deploy.sh sets up, and new
metrics need some minutes: the same command goes on from here, and what is there stays.
TEXT
}

main "$@"
