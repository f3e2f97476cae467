# shellcheck shell=bash
# Sourced. Exports KUBEBUILDER_ASSETS, a folder with etcd, kube-apiserver and kubectl for the integration tests: the
# caller's own if it holds them, else one with programs built from Go modules. Needs neither Docker nor root.
if ! [ -x "${KUBEBUILDER_ASSETS:-}/etcd" ] || ! [ -x "${KUBEBUILDER_ASSETS:-}/kube-apiserver" ]; then
    KUBEBUILDER_ASSETS=$("$(dirname "${BASH_SOURCE[0]}")/binaries.sh" etcd kube-apiserver kubectl)
fi
export KUBEBUILDER_ASSETS
