# shellcheck shell=bash
# What publishes the messages.

schedule_job() {
  title 'The schedule'
  local job=("$JOB" "--location=$REGION" "--schedule=$SCHEDULE" "--time-zone=$TIME_ZONE"
    "--topic=$TOPIC" "--message-body=$(message "$(scheduled_words)")")
  ensure scheduler jobs describe "$JOB" "--location=$REGION" -- \
    gc scheduler jobs create pubsub "${job[@]}"
  gc scheduler jobs update pubsub "${job[@]}" # it may have been there with other settings
}
