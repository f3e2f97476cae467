#!/usr/bin/env bash
# Prints the name of the image that operator and runtime stand on: BASE_IMAGE if set, else the public slim Python, with the
# digest of what the registry gives today, else one made from Debian's own packages.
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
    docker image inspect "$public" > /dev/null 2>&1 || docker pull --quiet "$public" > /dev/null
    digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$public" | head -n 1)
    echo "${digest:-$public}"
else
    step "no image registry is reachable: making the base image $made from Debian's packages" make
    echo $made
fi
