#!/usr/bin/env bash
# Raises the kind cluster named trussmodel, whatever was there before, and prints the path of its kubeconfig.
# NODE_IMAGE_FROM=registry takes kind's stock node image, =source builds one; by default a registry that answers decides.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
mkdir -p "$cache"
exec 9> "$cache/cluster.lock"
flock 9 # a second caller waits and finds the cluster up

nodes() { docker ps "$@" --quiet --filter "label=io.x-k8s.kind.cluster=$cluster"; }

ask() { kubectl --kubeconfig "$kubeconfig.part" --request-timeout=3s "$@" 2> /dev/null; }

healthy() { # answers, was made to the end (the storage class is kind's last step), and its node is Ready
    local seen
    kind get kubeconfig --name "$cluster" > "$kubeconfig.part" 2> /dev/null && chmod 600 "$kubeconfig.part" &&
        ask get storageclass standard > /dev/null &&
        ask wait --for=condition=Ready --timeout=0 node --all > /dev/null &&
        # as told since the container was started, not before it was stopped
        seen=$(ask --namespace kube-node-lease get lease -o 'jsonpath={.items[0].spec.renewTime}') &&
        [[ $seen > $(docker inspect --format '{{.State.StartedAt}}' "$cluster-control-plane") ]]
}

becomes_healthy() { # within a minute
    local from=$SECONDS
    until healthy; do
        [ $((SECONDS - from)) -lt 60 ] || return 1
        sleep 0.5
    done
}

restart() { # a cluster whose containers were stopped, with what is in it
    nodes --all | xargs docker start > /dev/null && becomes_healthy
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
    # What is half made is removed, however this ends.
    trap remove EXIT
    kind create cluster --name "$cluster" "${image[@]}" --kubeconfig "$kubeconfig.part" --wait 180s \
        > "$cache/kind.log" 2>&1 || {
        tail -n 20 "$cache/kind.log" >&2
        fail "kind could not create the cluster (above; node image: from $from). What was made of it is removed."
    }
    becomes_healthy || fail "the cluster was created but is not healthy after a minute"
    trap - EXIT
}

hack/docker/up.sh
source hack/tools/path.sh kubectl kind

if [ -n "$(nodes)" ] && healthy; then
    say "cluster $cluster is up"
elif [ -n "$(nodes --all)" ] && step "cluster $cluster was stopped: starting it again" restart; then
    :
else
    [ -z "$(nodes --all)" ] || say "what is left of cluster $cluster does not come up: replacing it"
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
