# shellcheck shell=bash
# Where executed notebooks are kept.

# The names of buckets are shared by all projects of the world; a project's name may have a domain.
choose_bucket() {
  case $BUCKET in
    none) BUCKET='' ;;
    '') BUCKET=${PROJECT//[.:]/-}-nbtrigger ;;
  esac
}

create_bucket() {
  [[ -n $BUCKET ]] || return 0
  title "The bucket for executed notebooks, gs://$BUCKET" 'seconds'
  ensure_bucket "$BUCKET" "$FUNCTION_ACCOUNT"
}

# ensure_bucket BUCKET ACCOUNT: a bucket whose objects the account reads, writes and deletes.
ensure_bucket() {
  ensure storage buckets describe "gs://$1" -- \
    patiently gc storage buckets create "gs://$1" "--location=$REGION" \
    --uniform-bucket-level-access --public-access-prevention
  patiently gc storage buckets add-iam-policy-binding "gs://$1" \
    --role=roles/storage.objectUser "--member=serviceAccount:$(account "$2")"
}
