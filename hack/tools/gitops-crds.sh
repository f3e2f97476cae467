#!/usr/bin/env bash
# Prints a folder with the CustomResourceDefinitions of Argo CD and Flux, out of their Go modules: what the manifests of
# docs/guides/gitops.md are held against.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/module-files.sh
modules=(
    "github.com/argoproj/argo-cd/v3 v3.1.0 h1:2+gPskQKCyPC9DzRSWQ1AvmS3WiIlRR7bKz/FO3DozI= manifests/crds/application-crd.yaml"
    "github.com/fluxcd/helm-controller v1.4.0 h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM= config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml"
    "github.com/fluxcd/kustomize-controller v1.7.3 h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M= config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"
    "github.com/fluxcd/source-controller v1.7.0 h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I= config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml"
)
module_files gitops-crds "the definitions of Argo CD and Flux from their Go modules" "${modules[@]}"
