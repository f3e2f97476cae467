#!/usr/bin/env bash
# Resolves the workspace's dependencies into requirements/*.txt: pinned, hashed, for every platform, naming no index.
# Pins that stand are kept; `lock.sh --upgrade` takes the newest ones.
set -euo pipefail
cd "$(dirname "$0")/../.."
compile() { # compile OUTPUT ARG...
    local output=$1
    shift
    hack/python/uv.sh pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --custom-compile-command "make lock" -o "$output" "$@"
}
upgrade=${1:-}
mkdir -p requirements
# What an image holds are the very versions that were tested.
compile requirements/dev.txt ${upgrade:+"$upgrade"} --group pyproject.toml:dev \
    runtime/pyproject.toml operator/pyproject.toml plugin/pyproject.toml requirements/build.in
for part in runtime operator; do
    compile "requirements/$part.txt" -c requirements/dev.txt "$part/pyproject.toml"
done
