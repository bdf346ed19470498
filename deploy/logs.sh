#!/usr/bin/env bash
# Shows how the last runs ended, or all that one run said.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"

limit=20
columns='timestamp.date(tz=LOCAL),severity,labels.run_id,jsonPayload.message'
filter='jsonPayload.event="run_finished"'
order=desc

usage() {
  cat <<'TEXT'
Shows how the last 20 runs of the last 7 days ended, the latest first.

  deploy/logs.sh [--dry-run] [--json] [RUN_ID]

  RUN_ID  all that this run said, in its order
  --json  whole entries

TEXT
  print_settings "$here/settings.sh"
}

format="value[separator='  ']($columns)"
for argument in "$@"; do
  case $argument in
    --help)
      usage
      exit
      ;;
    --dry-run) dry_run=true ;;
    --json) format=json ;;
    -*) fail "Cannot read the argument \"$argument\": there is no such option; see --help" ;;
    *[!A-Za-z0-9-]*) fail "Cannot show the run \"$argument\": this is no run's id" ;;
    *)
      filter="labels.run_id=\"$argument\""
      limit=10000
      order=asc
      ;;
  esac
done

require_project
gc logging read "resource.type=\"cloud_run_revision\" AND $filter" --freshness=7d \
  "--limit=$limit" "--order=$order" "--format=$format"
