# shellcheck shell=bash
# How the scripts beside this file run gcloud, or show what they would run.

dry_run=false

fail() {
  printf '%s\n' "$1" >&2
  exit 2
}

require_project() {
  command -v gcloud >/dev/null ||
    fail 'Cannot go on: there is no gcloud; install the Google Cloud CLI'
  [[ -n $PROJECT ]] || PROJECT=$(gcloud config get-value project 2>/dev/null) || true
  [[ -n $PROJECT ]] ||
    fail 'Cannot go on: no project is chosen; set PROJECT, or run "gcloud config set project"'
}

title() {
  printf '\n# %s\n' "$1"
}

# unknown NAME: stands for a variable that a dry run cannot know, between characters of nobody else's.
unknown() {
  printf '\001%s\002' "$1"
}

# The words as a shell reads them, and a variable that is not known by its name.
quoted() {
  local word line=''
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=,@%+-]*)
        word=$(printf '%s\n' "$word" | sed -e "s/'/'\\\\''/g" \
          -e $'s/\001\\([A-Z_]*\\)\002/\'"$\\1"\'/g' \
          -e "1s/^/'/" -e "\$s/\$/'/" -e "1s/^''\"/\"/" -e "\$s/\"''\$/\"/")
        ;;
    esac
    line+="${line:+ }$word"
  done
  printf '%s\n' "$line"
}

run() {
  if $dry_run; then quoted "$@"; else "$@"; fi
}

gc() {
  run gcloud "$@" "--project=$PROJECT" --quiet
}

# ensure LOOK -- MAKE: makes what gcloud does not find.
ensure() {
  after_look -n "$@"
}

# remove LOOK -- DELETE: deletes what gcloud finds.
remove() {
  after_look -z "$@"
}

after_look() {
  local done_when=$1 look=() found=''
  shift
  while [[ $1 != -- ]]; do
    look+=("$1")
    shift
  done
  shift
  if $dry_run; then
    # shellcheck disable=SC2016 # for another shell to expand
    printf '[[ %s $(%s 2>/dev/null) ]] ||\n  ' "$done_when" "$(gc "${look[@]}")"
  else
    found=$(gc "${look[@]}" 2>/dev/null) || found=''
    if test "$done_when" "$found"; then return; fi
  fi
  "$@"
}

# later NAME WORD...: sets the variable to gcloud's answer, which a dry run cannot know.
later() {
  local name=$1 answer
  shift
  if $dry_run; then
    # shellcheck disable=SC2016
    printf '%s=$(%s)\n' "$name" "$(gc "$@")"
    answer=$(unknown "$name")
  else
    answer=$(gc "$@")
    [[ -n $answer ]] || fail "Cannot find out $name: \"$(quoted gcloud "$@")\" answers nothing"
  fi
  printf -v "$name" '%s' "$answer"
}

find_jupyter_host() {
  later JUPYTER_HOST run services describe "$JUPYTER" "--region=$REGION" \
    '--format=value(status.url.basename())'
}

# For roles of a new account, which is not known everywhere at once.
patiently() {
  local attempt
  for attempt in 1 2 3 4 5; do
    if "$@"; then return; fi
    printf 'Trying again in 10 s (%s of 5)\n' "$attempt" >&2
    sleep 10
  done
  "$@"
}

account() {
  printf '%s@%s.iam.gserviceaccount.com' "$1" "$PROJECT"
}

# What the schedule runs: the notebook as one word, and its options, which are words already.
scheduled_words() {
  printf '%s%s' "$(quoted "$NOTEBOOK")" "${OPTIONS:+ $OPTIONS}"
}

# The message that has the notebook run on our Jupyter Server.
message() {
  printf '%s %s --use-https' "$JUPYTER_HOST" "$1"
}

# What an alert or a dashboard is called, from its file.
display_name() {
  sed -n 's/^displayName: //p' "$1"
}
