#!/usr/bin/env bash
# Resolves the workspace's dependencies into requirements/*.txt: pinned, hashed, for every platform, naming no index.
# Pins that stand are kept; `--upgrade` takes the newest ones. `--check` writes nothing, and fails when what is asked for and
# what is pinned no longer agree.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
option=${1:-}
folder=requirements
if [ "$option" = --check ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cp requirements/*.txt "$folder"
    option=''
fi

compile() { # compile FILE ARG...
    local file=$1
    shift
    hack/python/uv.sh pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --custom-compile-command "make lock" -o "$folder/$file" "$@"
}
compile dev.txt ${option:+"$option"} --group pyproject.toml:dev \
    runtime/pyproject.toml operator/pyproject.toml plugin/pyproject.toml requirements/{build,runtime}.in
# What an image holds are the very versions that were tested.
compile operator.txt -c requirements/dev.txt operator/pyproject.toml
compile runtime.txt -c requirements/dev.txt runtime/pyproject.toml requirements/runtime.in
if [ "$folder" != requirements ]; then
    diff --recursive --brief --exclude='*.in' requirements "$folder" > /dev/null ||
        fail "requirements/*.txt are not what the pyproject.toml files ask for: run 'make lock' and commit what it writes"
fi
