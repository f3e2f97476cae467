#!/usr/bin/env bash
# `make demo-down`: removes what `make demo` made: the example, the operator, and the kind cluster unless it was given.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${KUBECONFIG:-}" ]; then
    hack/cluster/down.sh
    exit
fi
# shellcheck source=hack/cluster/use.sh
source hack/cluster/use.sh
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm kubectl
for example in examples/*/trussmodel.yaml; do
    kubectl delete --ignore-not-found -f "$example" 2>/dev/null || true
done
echo "waiting until the pods have drained"
for example in examples/*/; do
    kubectl wait pod --for=delete --selector "trussmodel.dev/name=$(basename "$example")" --timeout 180s
done
helm uninstall trussmodel-operator --namespace trussmodel-system --ignore-not-found --wait
kubectl delete namespace trussmodel-system --ignore-not-found
crd=trussmodels.trussmodel.dev
if kubectl get crd "$crd" >/dev/null 2>&1; then
    left=$(kubectl get trussmodels --all-namespaces --no-headers 2>/dev/null | wc -l)
    if [ "$left" = 0 ]; then
        kubectl delete crd "$crd"
    else
        echo "kept: the CustomResourceDefinition $crd, for $left TrussModels are not the demo's"
    fi
fi
echo "The demo is removed from this cluster; the cluster itself was given and stays."
