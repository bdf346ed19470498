# shellcheck shell=bash
# Where executed notebooks are kept.

create_bucket() {
  [[ -n $BUCKET ]] || return 0
  title 'The bucket for executed notebooks'
  ensure storage buckets describe "gs://$BUCKET" -- \
    gc storage buckets create "gs://$BUCKET" "--location=$REGION" \
    --uniform-bucket-level-access --public-access-prevention
  patiently gc storage buckets add-iam-policy-binding "gs://$BUCKET" \
    --role=roles/storage.objectUser "--member=serviceAccount:$(account "$FUNCTION_ACCOUNT")"
}
