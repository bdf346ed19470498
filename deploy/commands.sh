# shellcheck shell=bash
# How the scripts beside this file run gcloud, or show what they would run.

dry_run=false
: "${PAUSE_SECONDS:=10}" # between two attempts at the same thing

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

# title TEXT [DURATION]: what comes now, and how long it usually takes.
title() {
  printf '\n# %s%s\n' "$1" "${2:+ (usually $2)}"
}

# unknown NAME: stands for a variable that a dry run cannot know, between characters that occur nowhere
# else.
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

# pipe TEXT COMMAND...: the command reads the text from its standard input.
pipe() {
  local text=$1
  shift
  if $dry_run; then
    printf '%s | ' "$(quoted printf %s "$text")"
    "$@"
  else
    printf %s "$text" | "$@"
  fi
}

# What Google Cloud answers as long as it does not know everywhere ...
not_yet=(
  '*recently, wait a few minutes for the action to propagate*' # that an API is enabled
  '*Service account * does not exist*'                         # a new account
  "*Permission 'iam.serviceaccounts.actAs' denied*(or it may not exist)*"
  '*does not have storage.objects.get access*' # a new role: of the builds
  '*missing permission on the build service account*'
  '*Unable to retrieve the repository metadata*'              # of Cloud Functions itself
  '*must have permission to read the image*'                  # of Cloud Run itself
  '*Permission denied on secret*'                             # of a reader of a secret
  '*Permission denied while using the Eventarc Service Agent*' # of Eventarc
  '*Cannot find metric(s) that match type*'                   # a new metric
)

# patiently COMMAND...: tries for 8 minutes as long as Google Cloud does not know everywhere what was
# made or granted just now. Roles are usually effective after 2 minutes, sometimes after 7.
patiently() {
  repeatedly 48 "$@"
}

# repeatedly ATTEMPTS COMMAND...
repeatedly() {
  local attempts=$1 attempt said status
  shift
  if $dry_run; then
    "$@"
    return
  fi
  {
    for ((attempt = 1; ; attempt++)); do
      status=0
      said=$("$@" 2>&1 >&3 3>&- | shown) || status=$?
      ((status != 0)) || return 0
      if ((attempt == attempts)) || ! says_not_yet "$said"; then return "$status"; fi
      printf 'Google Cloud needs some minutes for this: trying again in %s s (%s of %s)\n' \
        "$PAUSE_SECONDS" "$attempt" "$attempts" >&2
      sleep "$PAUSE_SECONDS"
    done
  } 3>&1
}

# Passes on its input, and shows it on standard error.
shown() {
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%s\n' "$line" >&2
    printf '%s\n' "$line"
  done
}

says_not_yet() {
  local pattern
  for pattern in "${not_yet[@]}"; do
    # shellcheck disable=SC2053 # these are patterns
    if [[ $1 == $pattern ]]; then return; fi
  done
  return 1
}

# ensure LOOK -- MAKE: does so unless gcloud finds something.
ensure() {
  after_look -n "$@"
}

# when_found LOOK -- DO: does so when gcloud finds something.
when_found() {
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
    printf '[[ %s $(%s) ]] || {\n' "$done_when" "$(look "${look[@]}")"
    "$@"
    printf '}\n'
    return
  fi
  found=$(look "${look[@]}") || return
  if test "$done_when" "$found"; then return; fi
  "$@"
}

# look WORD...: what gcloud finds. Only "describe" fails for what is not there: when a list fails, nobody
# knows what is there, and the script stops.
look() {
  if [[ " $* " != *' describe '* ]]; then
    patiently gc "$@"
  elif $dry_run; then
    printf '%s 2>/dev/null\n' "$(gc "$@")"
  else
    gc "$@" 2>/dev/null || true
  fi
}

# when_enabled SERVICE COMMAND...: does so when the project uses this service of Google Cloud. Without it
# there is nothing, and no list of it either.
when_enabled() {
  local service=$1
  shift
  when_found services list --enabled "--filter=config.name=$service.googleapis.com" \
    '--format=value(config.name)' -- "$@"
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
    answer=$(patiently gc "$@")
    [[ -n $answer ]] || fail "Cannot find out $name: \"$(quoted gcloud "$@")\" answers nothing"
  fi
  printf -v "$name" '%s' "$answer"
}

# account NAME: its address. That of a project with a domain, example.com:p, has the domain behind.
account() {
  local domain=$PROJECT
  [[ $PROJECT != *:* ]] || domain=${PROJECT#*:}.${PROJECT%%:*}
  printf '%s@%s.iam.gserviceaccount.com' "$1" "$domain"
}
