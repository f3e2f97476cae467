#!/usr/bin/env bash
# wheels.sh PART FOLDER: puts the wheels of PART's image (operator or runtime) into FOLDER: in own/ the one built from the
# workspace, in dependencies/ those of requirements/PART.txt for the image's Python, hash-checked.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
part=$1 folder=$2
python=3.11 # that of images/*/Dockerfile and of Debian bookworm
machine=$(docker version --format '{{.Server.Arch}}' | sed -e s/amd64/x86_64/ -e s/arm64/aarch64/)

dependencies() { # dependencies FOLDER
    # The image's own list: markers are decided for it, not for this machine.
    hack/python/uv.sh pip compile --quiet --no-deps --no-header --no-annotate --generate-hashes --python-version $python \
        --python-platform "$machine-manylinux_2_28" "requirements/$part.txt" -o "$1/requirements.txt" > /dev/null
    local platforms=(--platform "manylinux2014_$machine") glibc
    for glibc in 28 27 24 17 12 5; do # what runs on a glibc as old as 2.28
        platforms+=(--platform "manylinux_2_${glibc}_$machine")
    done
    hack/python/uv.sh tool run --quiet pip@26.0 download --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --require-hashes --python-version $python --implementation cp "${platforms[@]}" \
        --dest "$1" -r "$1/requirements.txt" || fail "the wheels of requirements/$part.txt could not be fetched (above)"
    rm "$1/requirements.txt"
}

want=$(digest "requirements/$part.txt" hack/images/wheels.sh)-$machine
if [ "$(cat "$folder/dependencies.stamp" 2> /dev/null)" != "$want" ]; then
    rm -rf "$folder"
    mkdir -p "$folder/dependencies"
    dependencies "$folder/dependencies"
    echo "$want" > "$folder/dependencies.stamp"
fi
rm -rf "$folder/own"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800} hack/python/uv.sh build --quiet --wheel --no-build-isolation --python .venv/bin/python \
    --no-create-gitignore --out-dir "$folder/own" "$part"
