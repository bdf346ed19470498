# shellcheck shell=bash
# What only Google Cloud knows of a deployment, and the messages that need it.

find_jupyter_host() {
  later JUPYTER_HOST run services describe "$JUPYTER" "--region=$REGION" \
    '--format=value(status.url.basename())'
}

# The subscription of the function is Eventarc's, which made it with the trigger.
find_subscription() {
  later TRIGGER functions describe "$FUNCTION" "--region=$REGION" \
    '--format=value(eventTrigger.trigger)'
  later SUBSCRIPTION eventarc triggers describe "$TRIGGER" "--location=$REGION" \
    '--format=value(transport.pubsub.subscription.basename())'
}

# What the schedule runs: the notebook as one word, and its options, which are words already.
scheduled_words() {
  printf '%s%s' "$(quoted "$NOTEBOOK")" "${OPTIONS:+ $OPTIONS}"
}

# message WORDS: the message that has our Jupyter Server run the notebook.
message() {
  printf '%s %s --use-https' "$JUPYTER_HOST" "$1"
}
