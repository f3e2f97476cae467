#!/usr/bin/env bash
# sbom.sh FOLDER: writes the bills of materials of the operator's and the runtime's images into FOLDER, as CycloneDX.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
source hack/images/context.sh
version=$(hack/dist/version.sh)
hack/images/build.sh
base=$(hack/images/base.sh)
mkdir -p "$1"
for name in operator runtime; do
    .venv/bin/python -m hack.sbom "trussmodel/$name:$version" "$base" > "$1/$name.cdx.json.part"
    mv "$1/$name.cdx.json.part" "$1/$name.cdx.json"
done
