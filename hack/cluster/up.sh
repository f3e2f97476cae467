#!/usr/bin/env bash
# Raises the kind cluster named trussmodel (or CLUSTER_NAME), whatever was there before, and prints the path of its kubeconfig.
# NODE_IMAGE_FROM=registry takes kind's stock node image, =source builds one; by default a registry that answers decides.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
mkdir -p "$cache"
exec 9> "$cache/cluster.lock"
flock 9 # a second caller waits and finds the cluster up

nodes() { docker ps "$@" --quiet --filter "label=io.x-k8s.kind.cluster=$cluster"; }

ask() { kubectl --kubeconfig "$kubeconfig.part" --request-timeout=3s "$@" 2> /dev/null; }

healthy() { # made to the end and answering; else $why tells
    why="kind has no kubeconfig of it"
    kind get kubeconfig --name "$cluster" > "$kubeconfig.part" 2> /dev/null || return
    chmod 600 "$kubeconfig.part"
    why="its API server does not answer, or it was never finished" # the storage class is kind's last step
    ask get storageclass standard > /dev/null || return
    why="its node is not Ready"
    ask wait --for=condition=Ready --timeout=0 node --all > /dev/null || return
    why="its kubelet has not been heard of since the node was started"
    local heard
    heard=$(ask --namespace kube-node-lease get lease -o 'jsonpath={.items[0].spec.renewTime}') || return
    [[ $heard > $(docker inspect --format '{{.State.StartedAt}}' "$cluster-control-plane") ]]
}

becomes_healthy() { # within a minute
    ! healthy || return 0
    say "cluster $cluster: $why: giving it a minute"
    local from=$SECONDS
    until healthy; do
        [ $((SECONDS - from)) -lt 60 ] || return 1
        sleep 0.5
    done
}

remove() { kind delete cluster --name "$cluster" --kubeconfig "$kubeconfig.part" > /dev/null 2>&1; }

create() {
    local from=${NODE_IMAGE_FROM:-} image=() default
    default=$(docker info --format '{{.DefaultRuntime}}')
    case $from in
        registry | source) say "node image: from $from, as NODE_IMAGE_FROM says" ;;
        "")
            if [ "$default" = noresource ]; then
                from=source
                say "node image: built from source, as the stock one needs CAP_SYS_RESOURCE, which this machine's root lacks"
            elif hack/docker/registry.sh "$stock_node_image"; then
                from=registry
                say "node image: kind's stock one"
            else
                from=source
                say "node image: built from source, as no image registry is reachable"
            fi
            ;;
        *) fail "NODE_IMAGE_FROM=$from: registry or source" ;;
    esac
    if [ "$from" = source ]; then
        hack/cluster/node/build.sh
        image=(--image "$node_image")
    fi
    # The node keeps this file mounted, so it is one that no change of the repository takes away.
    install -m 644 hack/cluster/audit-policy.yaml "$cache/audit-policy.yaml"
    # What is half made is removed, however this ends.
    trap remove EXIT
    sed "s#@POLICY@#$cache/audit-policy.yaml#" hack/cluster/kind.yaml |
        kind create cluster --name "$cluster" --config - "${image[@]}" --kubeconfig "$kubeconfig.part" --wait 180s \
            > "$cache/kind.log" 2>&1 || {
        tail -n 20 "$cache/kind.log" >&2
        fail "kind could not create the cluster (above; node image: from $from). What was made of it is removed."
    }
    becomes_healthy || fail "the cluster was created but $why"
    trap - EXIT
}

docker_ran=$(timeout 10 docker info > /dev/null 2>&1 && echo yes || true)
hack/docker/up.sh
source hack/tools/path.sh kubectl kind

# What a dockerd left behind that has ended may come up again, and may be damaged: a new cluster takes as long.
if [ -n "$docker_ran" ] && [ -n "$(nodes)" ] && becomes_healthy; then
    say "cluster $cluster is up"
else
    [ -z "$(nodes --all)" ] || say "cluster $cluster was stopped or does not come up: replacing it"
    remove
    step "creating cluster $cluster" create
fi
mv "$kubeconfig.part" "$kubeconfig"
running=$(docker inspect --format '{{.Config.Image}}' "$cluster-control-plane")
case $running in
    "${node_image%%:*}":*)
        [ "$running" = "$node_image" ] ||
            say "(it was made with an older recipe than the present one: hack/cluster/down.sh first to renew it)"
        ;;
esac
echo "$kubeconfig"
