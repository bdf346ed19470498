# shellcheck shell=bash disable=SC2034,SC2154 # deploy.sh sets what is not set here, functions.sh reads it
# Identity-Aware Proxy: people open the HTTP service in a browser, where Google asks them to log in.

# Before any change: what cannot work together.
check_iap() {
  case $HTTP_IAP in
    '' | 0) ;;
    1)
      [[ -z $HTTP_SECRET ]] ||
        fail 'Cannot use HTTP_IAP together with HTTP_SECRET: both need the header Authorization; leave HTTP_SECRET out, or deploy a second service for the page (HTTP_SERVICE)'
      ;;
    *) fail "Cannot use HTTP_IAP \"$HTTP_IAP\": it is 1, or 0 to turn it off again" ;;
  esac
}

# Sets `http_command`, the words of gcloud that deploy the service, and `iap_flags`. Only the beta command
# knows these flags, so that a deployment without the setting leaves the service as it is.
prepare_iap() {
  http_command=(run deploy)
  iap_flags=()
  case $HTTP_IAP in
    1)
      title 'Identity-Aware Proxy, and its account' '1 minute'
      gc services enable iap.googleapis.com
      patiently gc beta services identity create --service=iap.googleapis.com
      http_command=(beta run deploy)
      iap_flags=(--iap)
      ;;
    0)
      http_command=(beta run deploy)
      iap_flags=(--no-iap)
      ;;
  esac
}

# The proxy calls the service in its own name, once it has let the person in.
allow_iap() {
  patiently gc run services add-iam-policy-binding "$HTTP_SERVICE" "--region=$REGION" \
    --role=roles/run.invoker "--member=$(agent iap)"
}

# admit MEMBER: one who may call the service, in the way in which it is open.
admit() {
  if [[ $HTTP_IAP == 1 ]]; then
    patiently gc beta iap web add-iam-policy-binding --resource-type=cloud-run \
      "--service=$HTTP_SERVICE" "--region=$REGION" \
      --role=roles/iap.httpsResourceAccessor "--member=$1"
  else
    patiently gc run services add-iam-policy-binding "$HTTP_SERVICE" "--region=$REGION" \
      --role=roles/run.invoker "--member=$1"
  fi
}
