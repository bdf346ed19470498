# shellcheck shell=bash disable=SC2034
# Every choice of the deployment. A variable of the environment goes before its default here:
#   REGION=europe-west1 deploy/deploy.sh

: "${PROJECT:=}"                                 # the Google Cloud project; else gcloud's own
: "${REGION:=us-central1}"                       # where everything runs
: "${FUNCTION:=nbtrigger}"                       # the function that messages call
: "${FUNCTION_CPU:=1}"                           # with less, Google Cloud gives a third of one
: "${FUNCTION_MEMORY:=512Mi}"                    # one output of a notebook has to fit in
: "${FUNCTION_MAX_INSTANCES:=10}"                # as many runs at the same time
: "${RUNTIME:=nodejs22}"                         # what function and service run in
: "${VARIABLES:=}"                               # more variables for function and service: A=1|B=2
: "${SECRETS:=}"                                 # secrets for --secret: API_KEY=my-secret:latest,...
: "${HTTP_SERVICE:=nbtrigger-http}"              # the service that HTTP requests call
: "${HTTP_MEMORY:=2Gi}"                          # for all runs of an instance together
: "${HTTP_MAX_RUNS:=10}"                         # at the same time, in one instance
: "${HTTP_MAX_INSTANCES:=2}"                     # of that service
: "${HTTP_CALLERS:=}"                            # who may call it: user:ann@example.com group:...
: "${HTTP_SECRET:=}"                             # a secret to keep a key in, which callers send too
: "${HTTP_PAGE:=0}"                              # 1: it has a page for people
: "${HTTP_IAP:=}"                                # 1: people open it in a browser, by Identity-Aware Proxy
: "${RUN_JOB:=nbtrigger-job}"                   # the Cloud Run job that long runs are handed over to
: "${RUN_JOB_TIMEOUT:=86400}"                    # seconds that a run may take there; up to 604800
: "${RUN_JOB_MAX_RETRIES:=0}"                    # attempts after a failed one, with --engine=server; up to 10
: "${RUN_JOB_CPU:=1}"                            # for the Jupyter Server beside the job
: "${RUN_JOB_MEMORY:=2Gi}"                       # for the same
: "${RUN_JOB_GPU:=}"                             # for the same: nvidia-l4; a run may take 3600 s then
: "${TOPIC:=t_nbtrigger}"                        # the Pub/Sub topic that the function listens to
: "${RESULT_TOPIC:=t_nbtrigger_results}"         # where every report goes
: "${REJECTED_TOPIC:=t_nbtrigger_rejected}"      # where messages go that were tried in vain
: "${REJECTED_SUBSCRIPTION:=s_nbtrigger_rejected}" # keeps them for you
: "${BUCKET:=}"                                  # for executed notebooks; else PROJECT-nbtrigger; none: no bucket
: "${OUTPUT:={name\}/{date\}-{time\}-{run_id\}.ipynb}" # what they are called in it
: "${JOB:=j_hourly_nbtrigger}"                   # the job of Cloud Scheduler
: "${SCHEDULE:=0 * * * *}"                       # minute, hour, day, month, weekday
: "${TIME_ZONE:=Etc/UTC}"                        # of the schedule
: "${NOTEBOOK:=/workspaces/JupyterAPI_Test.ipynb}" # what the job runs
: "${OPTIONS:=}"                                 # and with what: --verbose --cell-timeout 60
: "${JUPYTER:=nbtrigger-jupyter}"                # the Jupyter Server on Cloud Run
: "${JUPYTER_ACCESS:=private}"                   # public or unchecked: everyone may ask it for its token
: "${NOTEBOOKS_BUCKET:=}"                        # a bucket for its notebooks; else they end with its instance
: "${JUPYTER_CPU:=1}"                            # for all kernels together
: "${JUPYTER_MEMORY:=2Gi}"                       # for all kernels and all files together
: "${JUPYTER_MIN_INSTANCES:=0}"                  # 1: no cold start, paid for day and night
: "${SECRET:=nbtrigger-token}"                   # the Jupyter token in Secret Manager
: "${SECRET_LOCATIONS:=}"                        # regions for secrets: europe-west1,...; else Google chooses
: "${FUNCTION_ACCOUNT:=nbtrigger-function}"      # the service account of function and service
: "${JUPYTER_ACCOUNT:=nbtrigger-jupyter}"        # of Jupyter, and so of every notebook
: "${BUILD_ACCOUNT:=nbtrigger-build}"            # of the builds
: "${NOTIFY:=}"                                  # a mail address for the alerts
: "${SILENCE:=7800s}"                            # without a message's run: an alert; up to 84600s; none
