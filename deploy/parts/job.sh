# shellcheck shell=bash disable=SC2153,SC2154 # deploy.sh sets what is not set here
# The job: runs of any length, each in a task of its own.

# Before any change.
check_job() {
  case $engine in
    sidecar | server) ;;
    *) fail "Cannot use the engine \"$engine\": it is \"sidecar\" or \"server\"" ;;
  esac
  if [[ ! $RUN_JOB_TIMEOUT =~ ^[1-9][0-9]{0,5}$ ]] || ((RUN_JOB_TIMEOUT > 604800)); then
    fail "Cannot use RUN_JOB_TIMEOUT \"$RUN_JOB_TIMEOUT\": it is a number of seconds, up to 604800"
  fi
  [[ -z $RUN_JOB_GPU ]] || ((RUN_JOB_TIMEOUT <= 3600)) ||
    fail "Cannot use RUN_JOB_TIMEOUT \"$RUN_JOB_TIMEOUT\" with RUN_JOB_GPU: Cloud Run ends a task with a GPU after 3600 s"
  check_retries
}

# Another attempt goes on in the kernel of the one before, and must run no cell a second time.
check_retries() {
  local cannot="Cannot use RUN_JOB_MAX_RETRIES \"$RUN_JOB_MAX_RETRIES\""
  [[ $RUN_JOB_MAX_RETRIES =~ ^([0-9]|10)$ ]] || fail "$cannot: it is a number from 0 to 10"
  if ((RUN_JOB_MAX_RETRIES == 0)) || ! wants job; then return; fi
  [[ $engine == server ]] ||
    fail "$cannot with Jupyter beside the job: its kernels end with the task, so that another attempt could only run all cells again; add --engine=server"
  [[ $BUCKET != none ]] ||
    fail "$cannot without a bucket, in which an attempt finds how far the one before has come; set BUCKET"
}

# All containers of a task act as one account: notebooks beside the job would have all that the
# function's may do. So the job has theirs there, and may save what they leave.
deploy_job() {
  local runner=$FUNCTION_ACCOUNT repository="$REGION-docker.pkg.dev/$PROJECT/cloud-run-source-deploy"
  title 'The images of the job' '3 to 8 minutes'
  ensure artifacts repositories describe cloud-run-source-deploy "--location=$REGION" -- \
    patiently gc artifacts repositories create cloud-run-source-deploy "--location=$REGION" \
    --repository-format=docker
  build_image "$repository/$RUN_JOB" "${here%/*}" deploy/Dockerfile \
    "--ignore-file=deploy/job/command.gcloudignore"
  later COMMAND_IMAGE artifacts docker images describe "$repository/$RUN_JOB" \
    '--format=value(image_summary.fully_qualified_digest)'
  if [[ $engine == sidecar ]]; then
    runner=$JUPYTER_ACCOUNT
    [[ -z $NOTEBOOKS_BUCKET ]] || create_notebooks_bucket
    build_image "$repository/$RUN_JOB-jupyter" "$here/jupyter" Dockerfile
    later JUPYTER_IMAGE artifacts docker images describe "$repository/$RUN_JOB-jupyter" \
      '--format=value(image_summary.fully_qualified_digest)'
    allow_saving "$runner"
  fi
  title 'The job' '1 minute'
  patiently pipe "$(job_description "$(account "$runner")")" \
    gc run jobs replace - "--region=$REGION"
  patiently gc run jobs add-iam-policy-binding "$RUN_JOB" "--region=$REGION" \
    --role=roles/run.jobsExecutorWithOverrides "--member=serviceAccount:$(account "$FUNCTION_ACCOUNT")"
}

# build_image IMAGE FOLDER DOCKERFILE [FLAG]
build_image() {
  local image=$1 folder=$2 dockerfile=$3
  shift 3
  patiently gc builds submit "$folder" "--region=$REGION" "--config=$here/job/build.yaml" \
    "--substitutions=_IMAGE=$image,_DOCKERFILE=$dockerfile" "--service-account=$(build_account)" "$@"
}

# allow_saving ACCOUNT: publishing reports, saving executed notebooks, and reading the secrets of SECRETS.
allow_saving() {
  patiently gc pubsub topics add-iam-policy-binding "$RESULT_TOPIC" \
    --role=roles/pubsub.publisher "--member=serviceAccount:$(account "$1")"
  [[ -z $BUCKET ]] || ensure_bucket "$BUCKET" "$1"
  allow_secrets "$1"
}

# job_description ACCOUNT: the job as Cloud Run takes it. A run ends before Cloud Run ends its task.
job_description() {
  cat <<YAML
apiVersion: run.googleapis.com/v1
kind: Job
metadata:
  name: $RUN_JOB
spec:
  template:
    metadata:
      annotations:
        run.googleapis.com/execution-environment: gen2
$([[ $engine != sidecar ]] || sidecar_annotations)
    spec:
      taskCount: 1
      template:
        spec:
          serviceAccountName: $(yaml_text "$1")
          timeoutSeconds: '$RUN_JOB_TIMEOUT'
          maxRetries: $RUN_JOB_MAX_RETRIES
          containers:
            - name: nbtrigger
              image: $(yaml_text "$COMMAND_IMAGE")
              command: [node, /nbtrigger/build/bundle/job.js]
              resources: { limits: { cpu: '1', memory: $(yaml_text "$FUNCTION_MEMORY") } }
              env:
$(job_variables)
$([[ $engine != sidecar ]] || sidecar_description)
YAML
}

sidecar_annotations() {
  printf "        run.googleapis.com/container-dependencies: '%s'\n" '{"nbtrigger":["jupyter"]}'
  [[ -z $RUN_JOB_GPU ]] ||
    printf "        run.googleapis.com/gpu-zonal-redundancy-disabled: 'true'\n"
}

# Jupyter as its service runs it, on a port of this task alone: nbtrigger starts when it answers, and
# tells it to end. Without a kernel it ends by itself, whatever has become of nbtrigger.
sidecar_description() {
  local gpu=${RUN_JOB_GPU:+", nvidia.com/gpu: '1'"}
  cat <<YAML
            - name: jupyter
              image: $(yaml_text "$JUPYTER_IMAGE")
              args: [jupyter, server, --ServerApp.shutdown_no_activity_timeout=1800]
              resources: { limits: { cpu: $(yaml_text "$RUN_JOB_CPU"), memory: $(yaml_text "$RUN_JOB_MEMORY")$gpu } }
              env:
                - { name: PORT, value: '8888' }
              startupProbe:
                httpGet: { path: /api, port: 8888 }
                periodSeconds: 2
                timeoutSeconds: 1
                failureThreshold: 90
              volumeMounts:
                - { name: token, mountPath: /secrets/jupyter }
$([[ -z $NOTEBOOKS_BUCKET ]] || printf '                - { name: notebooks, mountPath: /notebooks }')
          volumes:
            - name: token
              secret: { secretName: $(yaml_text "$SECRET"), items: [{ key: latest, path: token }] }
$([[ -z $NOTEBOOKS_BUCKET ]] || notebooks_volume)
$([[ -z $RUN_JOB_GPU ]] || printf '          nodeSelector: { run.googleapis.com/accelerator: %s }' "$RUN_JOB_GPU")
YAML
}

# As parts/notebooks.sh mounts it for the service.
notebooks_volume() {
  cat <<YAML
            - name: notebooks
              csi:
                driver: gcsfuse.run.googleapis.com
                volumeAttributes:
                  bucketName: $(yaml_text "$NOTEBOOKS_BUCKET")
                  mountOptions: uid=1000,gid=1000,metadata-cache-ttl-secs=0
YAML
}

# The variables of the function, but for those of the server when Jupyter runs beside the job.
job_variables() {
  local all pair secret
  if [[ $engine == sidecar ]]; then
    all="JUPYTER_SERVER=127.0.0.1:8888|NBTRIGGER_SIDECAR=1$(shared_variables)"
  else
    all=$(variables)
    all=${all#'^|^'}
  fi
  all+="|NBTRIGGER_TASK_TIMEOUT=$RUN_JOB_TIMEOUT"
  [[ -z $BUCKET ]] || all+="|NBTRIGGER_CLAIMS=gs://$BUCKET/claims"
  ((RUN_JOB_MAX_RETRIES == 0)) ||
    all+="|NBTRIGGER_TASK_RETRIES=$RUN_JOB_MAX_RETRIES|NBTRIGGER_CHECKPOINTS=gs://$BUCKET/checkpoints"
  while IFS= read -r -d '|' pair; do
    printf '                - { name: %s, value: %s }\n' "${pair%%=*}" "$(yaml_text "${pair#*=}")"
  done <<<"$all|"
  secret=$(secret_variables)
  while IFS= read -r -d ',' pair; do
    printf '                - { name: %s, valueFrom: { secretKeyRef: { name: %s, key: %s } } }\n' \
      "${pair%%=*}" "$(yaml_text "$(secret_name "$pair")")" "$(yaml_text "${pair##*:}")"
  done <<<"$secret,"
}

# secret_name VARIABLE=NAME:VERSION
secret_name() {
  local name=${1#*=}
  printf '%s' "${name%:*}"
}

# The text as YAML has it in quotes.
yaml_text() {
  printf "'%s'" "${1//\'/\'\'}"
}
