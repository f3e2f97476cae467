#!/usr/bin/env bash
# Prints the name of the image that operator and runtime stand on: BASE_IMAGE if set, else the public slim Python where a
# registry has it to give, else one made from Debian's own packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
public=$(sed -n 's/^ARG BASE=//p' images/runtime/Dockerfile)
made=trussmodel/python:bookworm
packages=(python3 python3-venv ca-certificates netbase tzdata)

inputs=$(digest hack/debian/rootfs.sh hack/images/base.sh)
label=dev.trussmodel.base

make() {
    tar=$(hack/debian/rootfs.sh python "${packages[@]}")
    docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        --change 'ENV LANG=C.UTF-8' --change 'CMD ["python3"]' --change "LABEL $label=$inputs" "$tar" $made > /dev/null
}

mkdir -p "$cache/images"
exec 8> "$cache/images/base.lock"
flock 8 # a second caller waits, and finds it made
if [ -n "${BASE_IMAGE:-}" ]; then
    echo "$BASE_IMAGE"
elif [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" $made 2> /dev/null)" = "$inputs" ]; then
    echo $made
elif hack/docker/registry.sh "$public"; then
    echo "$public"
else
    step "no image registry is reachable: making the base image $made from Debian's packages" make
    echo $made
fi
