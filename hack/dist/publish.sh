#!/usr/bin/env bash
# publish.sh FOLDER: pushes the operator's and the runtime's images and the chart that FOLDER has packaged to the repository
# IMAGE_REPOSITORY, such as docker.io/trussmodel, and prints what each became there, as NAME=sha256:...
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
source hack/tools/path.sh helm
repository=${IMAGE_REPOSITORY:-}
[ -n "$repository" ] || fail "name in IMAGE_REPOSITORY where to push to, such as registry.example.com/trussmodel"
version=$(hack/dist/version.sh)
chart=$1/trussmodel-operator-$version.tgz
[ -e "$chart" ] || fail "there is no $chart: make dist"

for name in operator runtime; do
    docker image inspect "trussmodel/$name:$version" > /dev/null 2>&1 || fail "there is no image trussmodel/$name:$version: make images"
    docker tag "trussmodel/$name:$version" "$repository/$name:$version"
    docker push --quiet "$repository/$name:$version" >&2
    # The registry's own digest of it; Docker leaves docker.io out of the name.
    digests=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$repository/$name:$version")
    digest=$(sed -n "s|^${repository#docker.io/}/$name@||p" <<< "$digests")
    [ -n "$digest" ] || fail "the registry told no digest of $repository/$name:$version"
    echo "$name=$digest"
done

plain=()
[[ ! $repository =~ ^(localhost|127\.0\.0\.1)[:/] ]] || plain=(--plain-http) # as Docker does it
said=$(helm push "$chart" "oci://$repository" "${plain[@]}" 2>&1) || fail "helm could not push the chart: $said"
digest=$(sed -n 's/^Digest: //p' <<< "$said")
[ -n "$digest" ] || fail "helm told no digest of the chart: $said"
echo "chart=$digest"
