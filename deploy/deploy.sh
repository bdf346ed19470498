#!/usr/bin/env bash
# Sets up all of nbtrigger in a Google Cloud project. Can be run again: what is there stays.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"
# shellcheck source-path=SCRIPTDIR source=arguments.sh
source "$here/arguments.sh"
for part in "$here"/parts/*.sh; do
  # shellcheck source=/dev/null # each is checked by itself
  source "$part"
done

public_jupyter=false new_token=false

main() {
  read_arguments --public-jupyter --new-token -- "$@"
  choose_parts ${words[@]+"${words[@]}"} # bash before 4.4 takes an empty list for none
  ! $public_jupyter || JUPYTER_ACCESS=public
  access_flag >/dev/null
  require_project
  $dry_run || trap advise EXIT
  # In the order in which they need each other.
  if wants jupyter function http; then create_base; fi
  if wants jupyter; then deploy_jupyter; else find_jupyter_host; fi
  if wants function; then deploy_function; fi
  if wants http; then deploy_http_service; fi
  if wants schedule; then schedule_job; fi
  $dry_run || say_what_next
}

usage() {
  cat <<'TEXT'
Sets up nbtrigger in a Google Cloud project: Jupyter on Cloud Run, the function, the HTTP service,
the topics and the schedule.

  deploy/deploy.sh [--dry-run] [--public-jupyter] [--new-token] [PART...]

  PART              jupyter, function, http or schedule; without one, all of them
  --dry-run         print every command, and run none
  --public-jupyter  everyone can reach Jupyter, and its token alone keeps them out; else Google
                    Cloud lets through only whom you give the role roles/run.invoker
  --new-token       make a new token; name no PART, for all have to get it

TEXT
  print_settings "$here/settings.sh"
}

choose_parts() {
  local part
  chosen=("$@")
  (($# > 0)) || chosen=(jupyter function http schedule)
  for part in "${chosen[@]}"; do
    case $part in
      jupyter | function | http | schedule) ;;
      *) fail "Cannot deploy \"$part\": the parts are jupyter, function, http and schedule" ;;
    esac
  done
  ! $new_token || (($# == 0)) ||
    fail 'Cannot make a new token for some parts alone: leave the parts out'
}

# wants PART...: whether one of them is to be deployed.
wants() {
  local part
  for part in "$@"; do
    if [[ " ${chosen[*]} " == *" $part "* ]]; then return; fi
  done
  return 1
}

# What all parts stand on.
create_base() {
  enable_apis
  create_accounts
  create_secrets
  create_topics
  create_bucket
}

advise() {
  local status=$?
  ((status == 0)) || cat >&2 <<'TEXT'

Stopped. A new project grants its roles slowly: the same command may do in a few minutes.
It goes on from here, and what is there stays.
TEXT
}

say_what_next() {
  printf '\nDone. Run the notebook now: deploy/publish.sh\nSee what came of it:  deploy/logs.sh\n'
}

main "$@"
