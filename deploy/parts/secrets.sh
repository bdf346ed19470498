# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# The Jupyter token, the key of the HTTP service, and the secrets that notebooks are given.

create_secrets() {
  title 'The Jupyter token, which Jupyter and the functions may read' 'seconds'
  create_secret "$SECRET" "$new_token"
  allow_reading "$SECRET" "$JUPYTER_ACCOUNT"
  allow_reading "$SECRET" "$FUNCTION_ACCOUNT"
  if [[ -n $HTTP_SECRET ]]; then
    title 'The key that callers of the HTTP service must send' 'seconds'
    create_secret "$HTTP_SECRET" false
    allow_reading "$HTTP_SECRET" "$FUNCTION_ACCOUNT"
  fi
  allow_secrets "$FUNCTION_ACCOUNT"
}

# allow_secrets ACCOUNT: reading the secrets of SECRETS.
allow_secrets() {
  local pair name
  for pair in ${SECRETS//,/ }; do
    name=${pair#*=}
    allow_reading "${name%%:*}" "$1"
  done
}

# create_secret NAME IS_RENEWED
create_secret() {
  local places=(--replication-policy=automatic)
  [[ -z $SECRET_LOCATIONS ]] ||
    places=(--replication-policy=user-managed "--locations=$SECRET_LOCATIONS")
  ensure secrets describe "$1" -- patiently gc secrets create "$1" "${places[@]}"
  if $2; then
    patiently add_version "$1"
  else
    ensure secrets versions describe latest "--secret=$1" -- patiently add_version "$1"
  fi
}

# From program to program: no file and no command line ever holds it.
add_version() {
  if $dry_run; then
    printf "openssl rand -hex 24 | tr -d '\\\\n' | "
    gc secrets versions add "$1" --data-file=-
  else
    openssl rand -hex 24 | tr -d '\n' | gc secrets versions add "$1" --data-file=-
  fi
}

# allow_reading SECRET ACCOUNT
allow_reading() {
  patiently gc secrets add-iam-policy-binding "$1" --role=roles/secretmanager.secretAccessor \
    "--member=serviceAccount:$(account "$2")"
}
