# shellcheck shell=bash disable=SC2034,SC2154 # deploy.sh sets what is not set here, jupyter.sh reads it
# Where the Jupyter Server keeps its notebooks: in a bucket, or in the memory of its instance.

# Sets `jupyter_command`, the words of gcloud that deploy the server, and `storage_flags`. Only the beta
# command takes options of a mount: the files belong to the user of the image, and what others write into
# the bucket is seen at once. Without a bucket, one of an earlier deployment is not mounted any more.
prepare_storage() {
  jupyter_command=(run deploy)
  storage_flags=(--remove-volume=notebooks --remove-volume-mount=/notebooks)
  if [[ -z $NOTEBOOKS_BUCKET ]]; then return; fi
  create_notebooks_bucket
  jupyter_command=(beta run deploy)
  local options='uid=1000;gid=1000;metadata-cache-ttl-secs=0'
  storage_flags=(
    "--add-volume=name=notebooks,type=cloud-storage,bucket=$NOTEBOOKS_BUCKET,mount-options=$options"
    '--add-volume-mount=volume=notebooks,mount-path=/notebooks'
  )
}

# What is in the image is hidden by the bucket: it goes there, unless something else of the name is there.
create_notebooks_bucket() {
  title 'The bucket in which Jupyter keeps its notebooks' 'seconds'
  ensure_bucket "$NOTEBOOKS_BUCKET" "$JUPYTER_ACCOUNT"
  patiently gc storage cp --recursive --no-clobber "$here/jupyter/workspaces" "gs://$NOTEBOOKS_BUCKET"
}

# For the functions: whether a notebook that is saved on the server is kept.
storage_variable() {
  if [[ -n $NOTEBOOKS_BUCKET ]]; then
    printf JUPYTER_STORAGE=persistent
  else
    printf JUPYTER_STORAGE=temporary
  fi
}
