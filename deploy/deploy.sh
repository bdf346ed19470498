#!/usr/bin/env bash
# Sets up all of nbtrigger in a Google Cloud project. Can be broken off and run again at any point: what
# is there stays.
[ -n "${BASH_VERSION:-}" ] || {
  echo 'Cannot go on: this is a script for bash; run it as deploy/deploy.sh' >&2
  exit 2
}
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
for part in "$here"/parts/*.sh; do
  # shellcheck source=/dev/null # each is checked by itself
  source "$part"
done

public_jupyter=false new_token=false engine=sidecar
oldest_gcloud=511 # the first whose "run deploy" takes a build account

main() {
  read_arguments --public-jupyter --new-token --engine= -- "$@"
  choose_parts ${words[@]+"${words[@]}"} # bash before 4.4 takes an empty list for none
  ! $public_jupyter || JUPYTER_ACCESS=public
  access_flags >/dev/null
  check_iap
  check_job
  require_programs
  require_project
  choose_bucket
  $dry_run || trap advise EXIT
  # In the order in which they need each other.
  ! $new_token || pause_schedule
  if wants jupyter function http job; then create_base; fi
  if wants jupyter; then
    deploy_jupyter
  elif wants function http schedule || [[ $engine == server ]]; then
    find_jupyter_host
  fi
  if wants job; then deploy_job; fi
  if wants function; then deploy_function; fi
  if wants http; then deploy_http_service; fi
  if wants jupyter function http job; then limit_images; fi
  if wants schedule; then schedule_job; fi
  $dry_run || say_what_next
}

usage() {
  cat <<'TEXT'
Sets up nbtrigger in a Google Cloud project: Jupyter on Cloud Run, the function, the HTTP service,
the topics and the schedule. The first time takes 10 to 20 minutes. It can be broken off and run again.

  deploy/deploy.sh [--dry-run] [--public-jupyter] [--new-token] [--engine=ENGINE] [PART...]

  PART              jupyter, function, http, schedule or job; without one, all but the job
  --dry-run         print every command, and run none
  --public-jupyter  everyone can reach Jupyter, and its token alone keeps them out; else Google
                    Cloud lets through only whom you give the role roles/run.invoker
  --new-token       make a new token; name no PART, for all have to get it. The schedule is paused
                    until they have.
  --engine=ENGINE   where the job runs its notebooks: "sidecar" (the default), on a Jupyter Server of
                    its own beside it, or "server", on the one that all share

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/commands.sh" "$here/lookups.sh" "$here"/parts/*.sh
}

choose_parts() {
  local part
  chosen=("$@")
  (($# > 0)) || chosen=(jupyter function http schedule)
  for part in "${chosen[@]}"; do
    case $part in
      jupyter | function | http | schedule | job) ;;
      *) fail "Cannot deploy \"$part\": the parts are jupyter, function, http, schedule and job" ;;
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

# What would be missing only in the middle.
require_programs() {
  ! $dry_run || return 0
  command -v openssl >/dev/null ||
    fail 'Cannot go on: there is no openssl, which makes the tokens; install it'
  command -v gcloud >/dev/null ||
    fail 'Cannot go on: there is no gcloud; install the Google Cloud CLI'
  local version
  version=$(gcloud version 2>/dev/null | sed -n 's/^Google Cloud SDK //p')
  if ! [[ $version =~ ^[0-9]+\. ]] || ((${version%%.*} < oldest_gcloud)); then
    fail "Cannot go on with gcloud ${version:-of an unknown version}: version $oldest_gcloud is needed; run \"gcloud components update\", or update its package"
  fi
}

# What all parts stand on.
create_base() {
  enable_apis
  later PROJECT_NUMBER projects describe "$PROJECT" '--format=value(projectNumber)'
  create_accounts
  create_agents
  create_secrets
  create_topics
  create_bucket
}

advise() {
  local status=$?
  ((status == 0)) || cat >&2 <<'TEXT'

Stopped. The last lines of Google Cloud above say why. Run the same command again when that is mended, or
after some minutes in a new project, which grants its roles slowly: it goes on from here, and what is
there stays. More: docs/google_cloud.md, "When something does not work".
TEXT
}

say_what_next() {
  cat <<'TEXT'

Done. What you can do now, with the same settings as here:
  deploy/publish.sh --wait     run the notebook of the schedule, and see how it ends (3 minutes at first)
  deploy/logs.sh               see how the last runs ended
  NOTIFY=you@example.com deploy/monitoring/apply.sh
                               get mail when a run fails, and a dashboard
How to open Jupyter, to call the HTTP service and to run your own notebooks: docs/google_cloud.md
TEXT
}

main "$@"
