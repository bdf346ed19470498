# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# The Jupyter Server.

# One instance: a kernel lives in one, and requests would be shared out among more. The second generation
# has a whole Linux: the first one lacks system calls that packages use, and cannot mount a bucket.
deploy_jupyter() {
  prepare_storage
  title 'The Jupyter Server on Cloud Run' '3 to 5 minutes'
  local access
  read -r -a access <<<"$(access_flags)"
  patiently gc "${jupyter_command[@]}" "$JUPYTER" "--region=$REGION" "--source=$here/jupyter" \
    --execution-environment=gen2 "--service-account=$(account "$JUPYTER_ACCOUNT")" \
    "--build-service-account=$(build_account)" \
    "--set-secrets=/secrets/jupyter/token=$SECRET:latest" "${storage_flags[@]}" \
    "${access[@]}" --timeout=3600 --concurrency=80 --session-affinity \
    "--min-instances=$JUPYTER_MIN_INSTANCES" --max-instances=1 \
    "--cpu=$JUPYTER_CPU" --cpu-boost "--memory=$JUPYTER_MEMORY"
  patiently gc run services add-iam-policy-binding "$JUPYTER" "--region=$REGION" \
    --role=roles/run.invoker "--member=serviceAccount:$(account "$FUNCTION_ACCOUNT")"
  find_jupyter_host
}

# Who gets as far as to be asked for the token. Where an organization forbids grants to everyone, its
# services can do without the check in their place.
access_flags() {
  case $JUPYTER_ACCESS in
    private) printf '%s' '--no-allow-unauthenticated --invoker-iam-check' ;;
    public) printf '%s' '--allow-unauthenticated --invoker-iam-check' ;;
    unchecked) printf '%s' --no-invoker-iam-check ;;
    *) fail "Cannot use JUPYTER_ACCESS \"$JUPYTER_ACCESS\": it is \"private\", \"public\" or \"unchecked\"" ;;
  esac
}
