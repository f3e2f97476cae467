#!/usr/bin/env bash
# Installs the operator from the chart into KUBECONFIG's cluster, with the image that `make images` built, and waits until
# it runs. Used by the demo and the end-to-end tests; run again at will.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm kubectl

version=$(sed -n 's/^appVersion: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' charts/trussmodel-operator/Chart.yaml)
image=${IMAGE_REPOSITORY:-trussmodel}/operator
# The tag stays the same from build to build: the image's id makes the pods follow it.
id=$(docker image inspect --format '{{.Id}}' "$image:$version" 2>/dev/null || echo pushed)
helm upgrade --install trussmodel-operator charts/trussmodel-operator \
    --namespace trussmodel-system --create-namespace --hide-notes \
    --set "image.repository=$image" \
    --set-string "podAnnotations.trussmodel\.dev/image-id=${id#sha256:}" \
    --wait --timeout 180s
