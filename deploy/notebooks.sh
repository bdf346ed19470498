#!/usr/bin/env bash
# Copies local notebooks into the bucket in which Jupyter keeps its notebooks.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=settings.sh
source "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=commands.sh
source "$here/commands.sh"
# shellcheck source-path=SCRIPTDIR source=arguments.sh
source "$here/arguments.sh"

folder=$here/jupyter/workspaces

usage() {
  cat <<'TEXT'
Copies the notebooks and other files of a folder to /workspaces of the Jupyter Server, by way of its
bucket. A file that was changed there later than here stays as it is, and nothing is deleted. The time of
the file here decides; "git clone" makes all files new, so that they replace those of the bucket.

  NOTEBOOKS_BUCKET=my-notebooks deploy/notebooks.sh [--dry-run] [FOLDER]

  FOLDER  what to copy, with the folders in it [deploy/jupyter/workspaces]

TEXT
  print_settings "${BASH_SOURCE[0]}" "$here/commands.sh"
}

read_arguments -- "$@"
((${#words[@]} <= 1)) ||
  fail "Cannot read the argument \"${words[1]}\": there is one folder; see --help"
((${#words[@]} == 0)) || folder=${words[0]}
[[ -n $NOTEBOOKS_BUCKET ]] ||
  fail 'Cannot copy notebooks: there is no bucket; set NOTEBOOKS_BUCKET, as for deploy.sh'
[[ -d $folder ]] || fail "Cannot copy \"$folder\": it is no folder"

require_project
# rsync would keep the time of the local file with the object, and what mounts the bucket leaves it there
# when somebody changes the file: without it, the time at which the bucket got the content counts.
gc storage rsync --recursive --skip-if-dest-has-newer-mtime \
  --remove-custom-metadata=goog-reserved-file-mtime \
  '--exclude=(.*/)?\.ipynb_checkpoints/.*' "$folder" "gs://$NOTEBOOKS_BUCKET/workspaces"
