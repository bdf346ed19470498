# shellcheck shell=bash disable=SC2154 # deploy.sh sets what is not set here
# The container images that the builds leave in Artifact Registry.

# Both repositories are Google's, and may have images of others: only ours are cleaned up, and only where
# nobody has set a policy.
limit_images() {
  title 'Old container images: 5 of each are kept, others go after 30 days' 'seconds'
  if wants jupyter http job; then
    limit_repository cloud-run-source-deploy "\"$JUPYTER\",\"$HTTP_SERVICE\",\"$RUN_JOB\""
  fi
  if wants function; then
    limit_repository gcf-artifacts "\"$(function_image)\""
  fi
}

# limit_repository NAME PREFIXES: with the prefixes of the images as JSON.
limit_repository() {
  local policies
  printf -v policies '[%s,%s]' \
    "{\"name\":\"nbtrigger-keep\",\"action\":{\"type\":\"Keep\"},\"mostRecentVersions\":{\"keepCount\":5,\"packageNamePrefixes\":[$2]}}" \
    "{\"name\":\"nbtrigger-delete\",\"action\":{\"type\":\"Delete\"},\"condition\":{\"tagState\":\"any\",\"olderThan\":\"30d\",\"packageNamePrefixes\":[$2]}}"
  ensure artifacts repositories list-cleanup-policies "$1" "--location=$REGION" \
    '--format=value(name)' -- \
    pipe "$policies" gc artifacts repositories set-cleanup-policies "$1" "--location=$REGION" \
    --no-dry-run --policy=-
}

# Cloud Functions names an image PROJECT__REGION__FUNCTION, with "--" for "-" and "__" for "_".
function_image() {
  local name=$FUNCTION
  name=${name//-/--}
  printf '%s__%s__%s' "${PROJECT//-/--}" "${REGION//-/--}" "${name//_/__}"
}
