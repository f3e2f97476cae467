# shellcheck shell=bash
# Sourced. Exports KUBECONFIG, of the cluster to use: the caller's if set, else that of the kind cluster, which is raised;
# and KIND_CLUSTER, the name of the kind cluster that it is, or empty. kubectl is on PATH afterwards, kind if it is one.
# shellcheck source=hack/tools/path.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tools/path.sh" kubectl
if [ -z "${KUBECONFIG:-}" ]; then
    KUBECONFIG=$("$(dirname "${BASH_SOURCE[0]}")/up.sh")
elif ! answer=$(kubectl get --raw /readyz --request-timeout=10s 2>&1); then
    printf 'error: the cluster of KUBECONFIG=%s does not answer: %s\n%s\n' "$KUBECONFIG" "$answer" \
        "Make it answer, or unset KUBECONFIG to have a kind cluster made." >&2
    exit 1
fi
export KUBECONFIG
KIND_CLUSTER=$(kubectl config current-context | sed -n 's/^kind-//p')
export KIND_CLUSTER
if [ -n "$KIND_CLUSTER" ]; then
    # shellcheck source=hack/tools/path.sh
    source "$(dirname "${BASH_SOURCE[0]}")/../tools/path.sh" kind
fi
