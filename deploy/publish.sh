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

usage() {
  cat <<'TEXT'
Runs a notebook now. Without arguments: what the schedule runs.

  deploy/publish.sh [--dry-run] [/PATH.ipynb [OPTION...]]

TEXT
  print_settings "$here/settings.sh"
}

case ${1:-} in
  --help)
    usage
    exit
    ;;
  --dry-run)
    dry_run=true
    shift
    ;;
esac
[[ ${1:-} != -* ]] ||
  fail "Cannot read the argument \"$1\": the notebook comes first, and then its options; see --help"

require_project
text=$(scheduled_words)
(($# == 0)) || text=$(quoted "$@")
find_jupyter_host
gc pubsub topics publish "$TOPIC" "--message=$(message "$text")"
