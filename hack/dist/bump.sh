#!/usr/bin/env bash
# bump.sh VERSION: gives packages, images, chart and all that names them another version.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
old=$(hack/dist/version.sh) new=${1:-}
[[ $new =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "bump.sh VERSION, such as 0.2.0 (now: $old)"
pattern=${old//./\\.}
sed -i "s/^version = \"$pattern\"/version = \"$new\"/" {runtime,operator,plugin}/pyproject.toml
sed -i "s/^__version__ = \"$pattern\"/__version__ = \"$new\"/" {runtime,operator,plugin}/src/*/__init__.py
sed -i -E "s/^(version|appVersion): $pattern$/\1: $new/" charts/trussmodel-operator/Chart.yaml
git grep -lzE "trussmodel/[a-z-]+:$pattern" -- . ':!tests/e2e/releases' | xargs -0 sed -i -E "s#(trussmodel/[a-z-]+:)$pattern#\1$new#g"
sed -i -E "s/(^|[^0-9.])$pattern\b/\1$new/g" README.md deploy/kustomization.yaml docs/operations/supply-chain.md \
    charts/trussmodel-operator/README.md
hack/python/venv.sh
hack/generate.sh
