# shellcheck shell=bash
# What the scripts beside this file read from their command line, and say of it.

# read_arguments OPTION... -- ARGUMENT...: sets the variable of each option that is given, to true or,
# for an OPTION that ends with "=", to its value ("--dry-run" is an option of every script). What is no
# option is left in the list `words`.
read_arguments() {
  local known=' --dry-run' argument option name
  words=()
  while [[ $1 != -- ]]; do
    known+=" $1"
    shift
  done
  known+=' '
  shift
  while (($# > 0)); do
    argument=$1 option=${1%%=*}
    name=${option#--}
    shift
    case $argument in
      --help)
        usage
        exit
        ;;
      --*=*)
        [[ $known == *" $option= "* ]] || refuse_option "$argument"
        printf -v "${name//-/_}" '%s' "${argument#*=}"
        ;;
      -*)
        if [[ $known == *" $option= "* ]]; then
          (($# > 0)) || fail "Cannot read the argument \"$argument\": its value is missing; see --help"
          printf -v "${name//-/_}" '%s' "$1"
          shift
        elif [[ $known == *" $option "* ]]; then
          printf -v "${name//-/_}" true
        else
          refuse_option "$argument"
        fi
        ;;
      *) words+=("$argument") ;;
    esac
  done
}

refuse_option() {
  fail "Cannot read the argument \"$1\": there is no such option; see --help"
}

# For scripts that take only options.
refuse_words() {
  ((${#words[@]} == 0)) ||
    fail "Cannot read the argument \"${words[0]}\": there are only options; see --help"
}

# print_settings FILE...: for --help, the settings that these files use.
print_settings() {
  local name default meaning
  printf 'Settings, from the environment:\n'
  sed -n 's/^: "${\([A-Z_]*\):=\(.*\)}" *# \(.*\)/\1|\2|\3/p' "$(dirname "${BASH_SOURCE[0]}")/settings.sh" |
    while IFS='|' read -r name default meaning; do
      grep -qE "[$]\{?#?$name\b" "$@" || continue
      default=${default//\\/}
      printf '  %-22s %s%s\n' "$name" "$meaning" "${default:+ [$default]}"
    done
}
