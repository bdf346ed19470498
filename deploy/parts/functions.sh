# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# The function and the HTTP service, which are two ways into the same source.

deploy_function() {
  title 'The function that messages call' '3 to 5 minutes'
  local itself
  itself=$(account "$FUNCTION_ACCOUNT")
  deploy_source "$FUNCTION" --entry-point=nbtrigger \
    "--trigger-topic=$TOPIC" --retry "--trigger-service-account=$itself" \
    "--set-env-vars=$(variables)|NBTRIGGER_JOB=projects/$PROJECT/locations/$REGION/jobs/$RUN_JOB" \
    "--set-secrets=$(secret_variables)" \
    --timeout=540s --concurrency=1 "--cpu=$FUNCTION_CPU" \
    "--max-instances=$FUNCTION_MAX_INSTANCES" "--memory=$FUNCTION_MEMORY"
  # Messages are delivered in the name of this account.
  patiently gc functions add-invoker-policy-binding "$FUNCTION" "--region=$REGION" \
    "--member=serviceAccount:$itself"
  set_dead_letters
}

# A few requests an instance more than it does runs: a request that cancels a run has to reach the
# instance that has it, however many runs go on there. Runs beyond its maximum are told to come again.
# Over HTTP/2 Cloud Run says that a client has gone, and its run ends.
deploy_http_service() {
  title 'The service that HTTP requests call' '3 to 5 minutes'
  local key=${HTTP_SECRET:+,NBTRIGGER_HTTP_KEY=$HTTP_SECRET:latest} caller
  prepare_iap
  patiently gc "${http_command[@]}" "$HTTP_SERVICE" "--region=$REGION" "--source=${here%/*}" \
    "--set-build-env-vars=GOOGLE_ENTRYPOINT=node build/bundle/service.js,GOOGLE_NODEJS_VERSION=${RUNTIME#nodejs}.x.x" \
    "--service-account=$(account "$FUNCTION_ACCOUNT")" \
    "--build-service-account=$(build_account)" --no-allow-unauthenticated --use-http2 \
    --session-affinity ${iap_flags[@]+"${iap_flags[@]}"} \
    "--set-env-vars=$(variables)|NBTRIGGER_MAX_RUNS=$HTTP_MAX_RUNS|NBTRIGGER_HTTP_PAGE=$HTTP_PAGE" \
    "--set-secrets=$(secret_variables)$key" \
    --timeout=3600 "--concurrency=$((HTTP_MAX_RUNS + 5))" --cpu=1 \
    "--max-instances=$HTTP_MAX_INSTANCES" "--memory=$HTTP_MEMORY"
  [[ $HTTP_IAP != 1 ]] || allow_iap
  for caller in $HTTP_CALLERS; do
    admit "$caller"
  done
}

# deploy_source NAME FLAG...
deploy_source() {
  local name=$1
  shift
  patiently gc functions deploy "$name" --gen2 "--region=$REGION" "--runtime=$RUNTIME" "--source=${here%/*}" \
    "--service-account=$(account "$FUNCTION_ACCOUNT")" \
    "--build-service-account=$(build_account)" --no-allow-unauthenticated "$@"
}

# With | between them, for values may have commas; the port says that it is https. A service has two
# addresses, of which Google Cloud tells one.
variables() {
  printf '^|^JUPYTER_SERVER=%s:443|JUPYTER_ALLOWED_HOSTS=%s-%s.%s.run.app:443' \
    "$JUPYTER_HOST" "$JUPYTER" "$PROJECT_NUMBER" "$REGION"
  shared_variables
}

# Those that name no server; traces need the project's name.
shared_variables() {
  printf '|GOOGLE_CLOUD_PROJECT=%s|NBTRIGGER_RESULT_TOPIC=projects/%s/topics/%s' \
    "$PROJECT" "$PROJECT" "$RESULT_TOPIC"
  printf '|%s' "$(storage_variable)"
  [[ -z $BUCKET ]] || printf '|NBTRIGGER_OUTPUT=gs://%s/%s|NBTRIGGER_RUNS=gs://%s/runs' \
    "$BUCKET" "$OUTPUT" "$BUCKET"
  [[ -z $VARIABLES ]] || printf '|%s' "$VARIABLES"
}

secret_variables() {
  printf 'JUPYTER_TOKEN=%s:latest%s' "$SECRET" "${SECRETS:+,$SECRETS}"
}
