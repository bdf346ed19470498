# shellcheck shell=bash
# What messages come by, where reports go, and where messages end that were tried in vain.

create_topics() {
  title 'The topics of the messages, of the reports, and of messages that were tried in vain'
  local name
  for name in "$TOPIC" "$RESULT_TOPIC" "$REJECTED_TOPIC"; do
    ensure pubsub topics describe "$name" -- gc pubsub topics create "$name"
  done
  patiently gc pubsub topics add-iam-policy-binding "$RESULT_TOPIC" \
    --role=roles/pubsub.publisher "--member=serviceAccount:$(account "$FUNCTION_ACCOUNT")"
  ensure pubsub subscriptions describe "$REJECTED_SUBSCRIPTION" -- \
    gc pubsub subscriptions create "$REJECTED_SUBSCRIPTION" "--topic=$REJECTED_TOPIC" \
    --expiration-period=never
}

# The subscription is Eventarc's, which made it with the function; Pub/Sub itself moves the messages.
set_dead_letters() {
  title 'Ten times in vain, and a message is put aside'
  later TRIGGER functions describe "$FUNCTION" "--region=$REGION" \
    '--format=value(eventTrigger.trigger)'
  later SUBSCRIPTION eventarc triggers describe "$TRIGGER" "--location=$REGION" \
    '--format=value(transport.pubsub.subscription)'
  later PROJECT_NUMBER projects describe "$PROJECT" '--format=value(projectNumber)'
  local itself="serviceAccount:service-$PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"
  patiently gc pubsub topics add-iam-policy-binding "$REJECTED_TOPIC" \
    --role=roles/pubsub.publisher "--member=$itself"
  patiently gc pubsub subscriptions add-iam-policy-binding "$SUBSCRIPTION" \
    --role=roles/pubsub.subscriber "--member=$itself"
  gc pubsub subscriptions update "$SUBSCRIPTION" "--dead-letter-topic=$REJECTED_TOPIC" \
    --max-delivery-attempts=10 --min-retry-delay=10s --max-retry-delay=600s
}
