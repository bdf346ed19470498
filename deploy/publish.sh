#!/usr/bin/env bash
# Runs a notebook now: publishes the message that the schedule sends, or one for another notebook.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"
# shellcheck source-path=SCRIPTDIR source=arguments.sh
source "$here/arguments.sh"
# shellcheck source-path=SCRIPTDIR source=lookups.sh
source "$here/lookups.sh"

wait=false
ended='jsonPayload.event="run_finished"'
attempts=90 # of 10 s: a run takes 9 minutes at most, two cold starts and the log some more

usage() {
  cat <<'TEXT'
Runs a notebook now. Without arguments: what the schedule runs.

  deploy/publish.sh [--dry-run] [--wait] [/PATH.ipynb [OPTION...]]

  --wait  wait for the end of the run, and show it; exits with 1 unless the notebook succeeded. The
          first run takes 2 or 3 minutes: function and Jupyter start, and the log comes late

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/commands.sh" "$here/lookups.sh"
}

main() {
  local options=()
  while [[ ${1:-} == -* ]]; do
    options+=("$1")
    shift
  done
  read_arguments --wait -- ${options[@]+"${options[@]}"}
  require_project
  local text
  text=$(scheduled_words)
  (($# == 0)) || text=$(quoted "$@")
  find_jupyter_host
  local publish=(pubsub topics publish "$TOPIC" "--message=$(message "$text")")
  if $wait; then
    later MESSAGE_ID "${publish[@]}" '--format=value(messageIds)'
    # Runs of the sets end before all have: what counts is the report of all, or that they are refused.
    if has_sets "$@"; then
      ended='jsonPayload.event=("run_finished" OR "sweep_finished" OR "sets_refused") AND (resource.type="cloud_run_revision" OR jsonPayload.event="sweep_finished" OR jsonPayload.event="sets_refused")'
    fi
    wait_for_end
  else
    gc "${publish[@]}"
  fi
}

# has_sets WORD...: whether the message has --each. Without words it has those of OPTIONS, which may be quoted.
has_sets() {
  local word each="(^|[[:space:]])['\"]?--each([[:space:]=]|\$)"
  if (($# == 0)); then
    [[ $OPTIONS =~ $each ]]
    return
  fi
  for word in "$@"; do
    [[ $word != --each && $word != --each=* ]] || return 0
  done
  return 1
}

# How the run of the message MESSAGE_ID ended, as soon as the log has it.
wait_for_end() {
  local outcome='' attempt read=(logging read
    "resource.type=(\"cloud_run_revision\" OR \"cloud_run_job\") AND $ended AND jsonPayload.messageId=\"$MESSAGE_ID\""
    --freshness=1h --limit=1 "--format=value[separator='  '](jsonPayload.outcome,labels.run_id,jsonPayload.message)")
  if $dry_run; then
    # shellcheck disable=SC2016 # for another shell to expand
    printf 'until OUTCOME=$(%s) && [[ -n $OUTCOME ]]; do sleep %s; done\nprintf "%%s\\n" "$OUTCOME"\n' \
      "$(gc "${read[@]}")" "$PAUSE_SECONDS"
    return
  fi
  printf 'Published as message %s; waiting for the end of its run\n' "$MESSAGE_ID" >&2
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    outcome=$(gc "${read[@]}") || outcome='' # the next attempt may succeed
    if [[ -n $outcome ]]; then
      printf '%s\n' "$outcome"
      [[ $outcome == succeeded* ]]
      return
    fi
    sleep "$PAUSE_SECONDS"
  done
  fail "Cannot show how the run ended: its end is not in the log after $((attempts * PAUSE_SECONDS / 60)) minutes; deploy/logs.sh shows it when it is, and \"gcloud functions logs read\" what the function says"
}

main "$@"
