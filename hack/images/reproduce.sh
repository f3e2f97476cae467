#!/usr/bin/env bash
# Builds the operator's and the runtime's images once more, from nothing but their inputs, and compares the layers with those
# of the images that are there, which it prints; fails when one differs.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
source hack/images/context.sh
version=$(hack/dist/version.sh)

layers() { docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1" | sed '/^$/d'; }

# shellcheck disable=SC2329 # `step` does
again() { # again NAME BASE TAG
    part "$1" > "$context"
    docker build --no-cache --tag "$3" --build-arg "BASE=$2" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" - \
        < "$context" > "$context.log" 2>&1 || {
        tail -n 20 "$context.log" >&2
        fail "docker could not build $1 again (above)"
    }
}

stages() { docker image ls --quiet --filter dangling=true --filter label=dev.trussmodel.stage | sort -u; }

hack/images/build.sh
exec 9> "$cache/images/lock"
flock 9
context=$cache/images/again.tar
base=$(hack/images/base.sh)
status=0
before=$(stages)
for name in operator runtime; do
    image=trussmodel/$name:$version
    tag=trussmodel/$name:again
    step "building $image again" again "$name" "$base" "$tag"
    if diff <(layers "$image") <(layers "$tag"); then
        echo "$image is the same again:"
        layers "$tag"
    else
        echo "$image differs when it is built again (< the one that is there, > the other)" >&2
        status=1
    fi
    docker image rm "$tag" > /dev/null
done
comm -13 <(echo "$before") <(stages) | xargs --no-run-if-empty docker image rm > /dev/null
rm -f "$context" "$context.log"
exit $status
