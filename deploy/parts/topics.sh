# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# What messages come by, where reports go, and where messages end that were tried in vain.

create_topics() {
  title 'The topics of the messages, of the reports, and of messages that were tried in vain' '1 minute'
  local name
  for name in "$TOPIC" "$RESULT_TOPIC" "$REJECTED_TOPIC"; do
    ensure pubsub topics describe "$name" -- patiently gc pubsub topics create "$name"
  done
  patiently gc pubsub topics add-iam-policy-binding "$RESULT_TOPIC" \
    --role=roles/pubsub.publisher "--member=serviceAccount:$(account "$FUNCTION_ACCOUNT")"
  ensure pubsub subscriptions describe "$REJECTED_SUBSCRIPTION" -- \
    patiently gc pubsub subscriptions create "$REJECTED_SUBSCRIPTION" "--topic=$REJECTED_TOPIC" \
    --expiration-period=never
}

# Pub/Sub itself moves the messages. A delivery that finds no free instance counts as an attempt too:
# with the most attempts that there are, it is the age of a message that decides (NBTRIGGER_MAX_AGE).
set_dead_letters() {
  title 'A hundred times in vain, and a message is put aside' '1 minute'
  find_subscription
  patiently gc pubsub topics add-iam-policy-binding "$REJECTED_TOPIC" \
    --role=roles/pubsub.publisher "--member=$(agent pubsub)"
  patiently gc pubsub subscriptions add-iam-policy-binding "$SUBSCRIPTION" \
    --role=roles/pubsub.subscriber "--member=$(agent pubsub)"
  gc pubsub subscriptions update "$SUBSCRIPTION" "--dead-letter-topic=$REJECTED_TOPIC" \
    --max-delivery-attempts=100 --ack-deadline=600 --min-retry-delay=10s --max-retry-delay=600s
}
