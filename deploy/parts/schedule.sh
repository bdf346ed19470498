# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# What publishes the messages.

# Marks a job that was paused here, so that what comes after a break knows that nobody else did.
waiting='Paused until a new token is deployed'

schedule_job() {
  title 'The schedule' 'seconds'
  local job=("$JOB" "--location=$REGION" "--schedule=$SCHEDULE" "--time-zone=$TIME_ZONE"
    "--topic=$TOPIC" "--message-body=$(message "$(scheduled_words)")"
    "--description=Has nbtrigger run a notebook")
  ensure scheduler jobs describe "$JOB" "--location=$REGION" -- \
    patiently gc scheduler jobs create pubsub "${job[@]}"
  when_job "state=PAUSED AND description=\"$waiting\"" \
    gc scheduler jobs resume "$JOB" "--location=$REGION"
  # It may have been there with other settings. What somebody has paused stays as it is: an update might
  # wake it.
  when_job 'state!=PAUSED' gc scheduler jobs update pubsub "${job[@]}"
  when_job 'state=PAUSED' run printf '%s\n' \
    "The job \"$JOB\" is paused, and stays as it is. To wake it, with the settings of now:" \
    "  gcloud scheduler jobs resume $JOB --location=$REGION && deploy/deploy.sh schedule"
}

# Messages that come while the parts get a new token, one after the other, would be refused.
pause_schedule() {
  title 'A new token: the schedule is paused until all parts have it' 'seconds'
  when_enabled cloudscheduler when_job 'state=ENABLED' pause_job
}

pause_job() {
  gc scheduler jobs update pubsub "$JOB" "--location=$REGION" "--description=$waiting"
  gc scheduler jobs pause "$JOB" "--location=$REGION"
}

# when_job CONDITION COMMAND...
when_job() {
  local condition=$1
  shift
  when_found scheduler jobs list "--location=$REGION" \
    "--filter=name~/jobs/$JOB\$ AND $condition" '--format=value(name)' -- "$@"
}
