#!/usr/bin/env bash
# Deletes the kind cluster. `down.sh --all` also ends the dockerd that up.sh started and removes all that was built:
# images, the cluster's network and the cache folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
all=${1:-}
[ -z "$all" ] || [ "$all" = --all ] || fail "down.sh [--all]"

if timeout 10 docker info > /dev/null 2>&1; then
    # As kind does it, but needing no kind: it keeps nothing of a cluster outside its containers and the kubeconfig.
    nodes=$(docker ps --all --quiet --filter "label=io.x-k8s.kind.cluster=$cluster")
    if [ -n "$nodes" ]; then
        xargs docker rm --force --volumes <<< "$nodes" > /dev/null
        say "cluster $cluster: deleted"
    else
        say "cluster $cluster: there was none"
    fi
    if [ -n "$all" ]; then
        docker images --format '{{.Repository}}:{{.Tag}}' --filter 'reference=trussmodel/*' |
            xargs --no-run-if-empty docker rmi > /dev/null || say "(images that something still uses are kept)"
        docker image prune --force --filter label=dev.trussmodel.stage > /dev/null
        docker network rm kind > /dev/null 2>&1 || true # refused while another cluster uses it
    fi
else
    say "Docker does not answer: no cluster of it runs"
fi
rm -f "$kubeconfig" "$kubeconfig.part"

if [ -n "$all" ]; then
    if pid=$(cat "$cache/docker/pid" 2> /dev/null) && [ "$(basename "$(readlink "/proc/$pid/exe")")" = dockerd ]; then
        kill "$pid"
        for _ in $(seq 150); do
            kill -0 "$pid" 2> /dev/null || break
            sleep 0.1
        done
        say "dockerd: ended"
    fi
    rm -rf "$cache"
    say "$cache: removed"
fi
