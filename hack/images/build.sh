#!/usr/bin/env bash
# Builds the images of the operator, of the runtime, and of each model of examples/ and tests/e2e/models/ that has a
# Dockerfile; those whose inputs have changed. An image's label holds the digest of what it was made from.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
source hack/images/context.sh
version=$(hack/dist/version.sh)
label=dev.trussmodel.inputs

inspect() { docker image inspect --format "$1" "$2" 2> /dev/null; }

build() { # build IMAGE INPUTS BASE COMMAND...: COMMAND writes the build context, as a tar, with the Dockerfile in it
    local image=$1 inputs=$2 base=$3 context=$cache/images/context.tar log=$cache/images/build.log
    shift 3
    inputs=$inputs-$(inspect '{{.Id}}' "$base" || echo "$base")
    [ "$(inspect "{{index .Config.Labels \"$label\"}}" "$image")" != "$inputs" ] || return 0
    make() {
        "$@" > "$context"
        docker build --tag "$image" --label "$label=$inputs" --build-arg "BASE=$base" \
            --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" - < "$context" > "$log" 2>&1 || {
            tail -n 20 "$log" >&2
            fail "docker could not build $image (above)"
        }
    }
    step "building $image" make "$@"
    rm -f "$context" "$log"
    built=$((built + 1))
}

mkdir -p "$cache/images"
exec 9> "$cache/images/lock"
flock 9
built=0
hack/docker/up.sh
base=$(hack/images/base.sh)
for name in operator runtime; do
    image=trussmodel/$name:$version
    build "$image" "$(digest "images/$name" "requirements/$name.txt" hack/images/{context,wheels}.sh "$name")-$SOURCE_DATE_EPOCH" "$base" part "$name"
done
for dockerfile in examples/*/Dockerfile tests/e2e/models/*/Dockerfile; do
    [ -e "$dockerfile" ] || continue
    folder=$(dirname "$dockerfile")
    prefix=example
    [ "${folder%%/*}" = examples ] || prefix='test'
    build "trussmodel/$prefix-$(basename "$folder"):$version" "$(digest "$folder")" "$image" archive "$folder"
done
if [ $built -gt 0 ]; then # the images that these replace, and stages that are no longer worth keeping
    docker image prune --force --filter "label=$label" > /dev/null
    docker image prune --force --filter label=dev.trussmodel.stage --filter until=24h > /dev/null
fi
say "images: $built built, the rest are up to date"
