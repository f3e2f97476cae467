#!/usr/bin/env bash
# Prints a folder with the CustomResourceDefinitions of Argo CD and Flux, out of their Go modules: what the manifests of
# docs/guides/gitops.md are held against.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
# Module, version, its sum as in a go.sum, file in it.
modules=(
    "github.com/argoproj/argo-cd/v3 v3.1.0 h1:2+gPskQKCyPC9DzRSWQ1AvmS3WiIlRR7bKz/FO3DozI= manifests/crds/application-crd.yaml"
    "github.com/fluxcd/helm-controller v1.4.0 h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM= config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml"
    "github.com/fluxcd/kustomize-controller v1.7.3 h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M= config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"
    "github.com/fluxcd/source-controller v1.7.0 h1:/fBgS4CSmT5Jj/fjQDF92y+pC3gst1GJjgNSzY8Ff9I= config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml"
)
home=$cache/tools/gitops-crds-$(printf '%s\n' "${modules[@]}" | sha256sum | cut -c1-12)
collect() { # collect MODULE VERSION SUM FILE
    local said
    # Away from any go.mod: the module alone, not what it needs.
    said=$(cd / && GOFLAGS='' go mod download -json "$1@$2") || fail "the Go module $1 cannot be fetched: $said"
    [ "$(field Sum "$said")" = "$3" ] || fail "the Go module $1@$2 is not the one that was pinned: $(field Sum "$said")"
    cp "$(field Dir "$said")/$4" "$home.part/"
}
field() { printf '%s\n' "$2" | sed -n "s/^\t\"$1\": \"\(.*\)\",\?\$/\1/p"; }
fetch() {
    rm -rf "$home.part"
    mkdir -p "$home.part"
    for module in "${modules[@]}"; do
        # shellcheck disable=SC2086 # four words
        collect $module
    done
    chmod -R u+w "$home.part"
    mv "$home.part" "$home"
}
if [ ! -d "$home" ]; then
    source hack/tools/path.sh go
    step "the definitions of Argo CD and Flux from their Go modules" fetch
fi
echo "$home"
