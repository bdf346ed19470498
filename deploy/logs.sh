#!/usr/bin/env bash
# Shows how the last runs ended, or all that one run said.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"
# shellcheck source-path=SCRIPTDIR source=arguments.sh
source "$here/arguments.sh"

usage() {
  cat <<'TEXT'
Shows how the last 20 runs of the last 7 days ended, and the reports of many sets, the latest first.

  deploy/logs.sh [--dry-run] [--json] [--failed] [--notebook /PATH.ipynb]
  deploy/logs.sh [--dry-run] [--json] RUN_ID

  --failed    only runs that did not succeed
  --notebook  only runs of this notebook
  RUN_ID      all that this run said, in its order
  --json      whole entries

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/commands.sh"
}

json=false failed=false notebook=''
read_arguments --json --failed --notebook= -- "$@"
columns='timestamp.date(tz=LOCAL),severity,labels.run_id,jsonPayload.message'
format="value[separator='  ']($columns)"
! $json || format=json

limit=20 order=desc
filter='jsonPayload.event=("run_finished" OR "sweep_finished")'
! $failed || filter+=' AND jsonPayload.outcome!="succeeded"'
if [[ -n $notebook ]]; then
  notebook=${notebook//\\/\\\\}
  filter+=" AND jsonPayload.notebook=\"${notebook//\"/\\\"}\""
fi
for word in ${words[@]+"${words[@]}"}; do
  [[ $word != *[!A-Za-z0-9-]* ]] || fail "Cannot show the run \"$word\": this is no run's id"
  if $failed || [[ -n $notebook ]]; then
    fail "Cannot show the run \"$word\" with --failed or --notebook: these choose among all runs"
  fi
  filter="labels.run_id=\"$word\"" limit=10000 order=asc
done

require_project
gc logging read "resource.type=(\"cloud_run_revision\" OR \"cloud_run_job\") AND $filter" --freshness=7d \
  "--limit=$limit" "--order=$order" "--format=$format"
