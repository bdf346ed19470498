# shellcheck shell=bash
# What the scripts beside this file read from their command line, and say of it.

# read_arguments OPTION... -- ARGUMENT...: an option that is there sets the variable of its name to
# true ("--dry-run" is an option of every script); what is none is left in the list `words`.
read_arguments() {
  local known=(--dry-run) argument name
  words=()
  while [[ $1 != -- ]]; do
    known+=("$1")
    shift
  done
  shift
  for argument in "$@"; do
    case $argument in
      --help)
        usage
        exit
        ;;
      -*)
        [[ " ${known[*]} " == *" $argument "* ]] ||
          fail "Cannot read the argument \"$argument\": there is no such option; see --help"
        name=${argument#--}
        printf -v "${name//-/_}" true
        ;;
      *) words+=("$argument") ;;
    esac
  done
}

# For scripts that take options alone.
refuse_words() {
  ((${#words[@]} == 0)) ||
    fail "Cannot read the argument \"${words[0]}\": there are options alone; see --help"
}

# For --help: every line of settings.sh that sets a variable.
print_settings() {
  printf 'Settings, from the environment:\n'
  sed -n 's/^: "${\([A-Z_]*\):=\(.*\)}" *# \(.*\)/\1|\2|\3/p' "$1" |
    while IFS='|' read -r name default meaning; do
      default=${default//\\/}
      printf '  %-22s %s%s\n' "$name" "$meaning" "${default:+ [$default]}"
    done
}
