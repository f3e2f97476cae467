#!/usr/bin/env bash
# Gives the kind cluster KIND_CLUSTER, that of KUBECONFIG, a second node if it has one: for tests that drain a node or lose
# it. kind adds no nodes to a cluster that is up; this does what it does for a worker when it makes one.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
worker=$KIND_CLUSTER-worker
plane=$KIND_CLUSTER-control-plane

ready() { kubectl wait --for=condition=Ready --timeout=0 "node/$worker" > /dev/null 2>&1; }

remove() { # what a run left half made, or stopped
    kubectl delete node "$worker" --ignore-not-found > /dev/null
    docker rm --force --volumes "$worker" > /dev/null 2>&1 || true
}

join() {
    local image token address
    image=$(docker inspect --format '{{.Config.Image}}' "$plane")
    docker run --detach --tty --name "$worker" --hostname "$worker" --net kind --restart=on-failure:1 --init=false \
        --label "io.x-k8s.kind.cluster=$KIND_CLUSTER" --label io.x-k8s.kind.role=worker \
        --privileged --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns=private \
        --tmpfs /tmp --tmpfs /run --volume /var --volume /lib/modules:/lib/modules:ro "$image" > /dev/null
    token=$(docker exec "$plane" kubeadm token create --ttl 10m)
    address=$(docker inspect --format '{{.NetworkSettings.Networks.kind.IPAddress}}' "$worker")
    until docker exec "$worker" systemctl is-active --quiet containerd.service 2> /dev/null; do
        if [ "$(docker inspect --format '{{.State.Running}}' "$worker")" != true ]; then
            docker logs "$worker" > "$cache/worker.log" 2>&1
            # "Too many open files" of many clusters at once: sysctl fs.inotify.max_user_instances=512
            return 1
        fi
        sleep 0.2
    done
    docker exec --interactive "$worker" sh -c 'cat > /kind/kubeadm.conf && kubeadm join --config /kind/kubeadm.conf' \
        > "$cache/worker.log" 2>&1 <<END
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: $plane:6443
    token: $token
    unsafeSkipCAVerification: true
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    - {name: node-ip, value: $address}
    - {name: provider-id, value: kind://docker/$KIND_CLUSTER/$worker}
skipPhases: [preflight]
END
    kubectl wait --for=create --timeout=60s "node/$worker" > /dev/null
    kubectl wait --for=condition=Ready --timeout=60s "node/$worker" > /dev/null
}

if [ "$(kubectl get nodes --output name | wc -l)" -gt 1 ] && ready; then
    kubectl uncordon "$worker" > /dev/null # a test that was ended by force may have left it so
    exit
fi
if docker exec "$plane" test -e /etc/cni/net.d/10-ptp.conflist && ! docker exec "$plane" test -e /kind/podnet.conflist; then
    fail "cluster $KIND_CLUSTER was made with an older recipe, for one node only: hack/cluster/down.sh first to renew it"
fi
remove
step "adding node $worker" join || {
    tail -n 20 "$cache/worker.log" >&2
    remove
    fail "no second node could be added to the cluster $KIND_CLUSTER (above)"
}
