# shellcheck shell=bash disable=SC2034
# Every choice of the deployment. A variable of the environment goes before its default here:
#   REGION=europe-west1 deploy/deploy.sh

: "${PROJECT:=}"                                 # the Google Cloud project; else gcloud's own
: "${REGION:=us-central1}"                       # where everything runs
: "${FUNCTION:=nbtrigger}"                       # the function
: "${FUNCTION_MEMORY:=512Mi}"                    # one output of a notebook has to fit in
: "${FUNCTION_MAX_INSTANCES:=10}"                # as many runs at the same time
: "${TOPIC:=t_nbtrigger}"                        # the Pub/Sub topic that it listens to
: "${JOB:=j_hourly_nbtrigger}"                   # the job of Cloud Scheduler
: "${SCHEDULE:=0 * * * *}"                       # minute, hour, day, month, weekday
: "${TIME_ZONE:=Etc/UTC}"                        # of the schedule
: "${NOTEBOOK:=/workspaces/JupyterAPI_Test.ipynb}" # what the job runs
: "${OPTIONS:=}"                                 # and with what: --verbose --cell-timeout 60
: "${JUPYTER:=nbtrigger-jupyter}"                # the Jupyter Server on Cloud Run
: "${JUPYTER_ACCESS:=public}"                    # who may reach it; it asks for the token anyway
: "${JUPYTER_CPU:=1}"                            # for all kernels together
: "${JUPYTER_MEMORY:=2Gi}"                       # for all kernels and all files together
: "${JUPYTER_MIN_INSTANCES:=0}"                  # 1: no cold start, paid for day and night
: "${SECRET:=nbtrigger-token}"                   # the Jupyter token in Secret Manager
: "${FUNCTION_ACCOUNT:=nbtrigger-function}"      # the service account of the function
: "${JUPYTER_ACCOUNT:=nbtrigger-jupyter}"        # of Jupyter, and so of every notebook
: "${BUILD_ACCOUNT:=nbtrigger-build}"            # of the builds
: "${NOTIFY:=}"                                  # a mail address for the alerts
