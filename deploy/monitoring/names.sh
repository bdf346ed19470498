# shellcheck shell=bash disable=SC2034 # the scripts that read this file use what it sets
# What the alerts and the dashboard of an installation are called, and whose runs they watch.

# Sets INSTALLATION, which their names end with, and SERVICES, a pattern. An installation under another
# name than the default one has alerts of its own, for its own runs.
name_installation() {
  INSTALLATION='' SERVICES='.*'
  if [[ $FUNCTION != nbtrigger ]]; then
    INSTALLATION=" ($FUNCTION)" SERVICES="^($FUNCTION|$HTTP_SERVICE|$RUN_JOB)\$"
  fi
}

# display_name FILE
display_name() {
  local name
  name=$(sed -n 's/^displayName: //p' "$1")
  printf '%s' "${name//@INSTALLATION@/$INSTALLATION}"
}
