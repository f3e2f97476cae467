#!/usr/bin/env bash
# binaries.sh [NAME...]: builds Kubernetes' programs (default: all that a node image needs) from Go modules, those that
# are missing, and prints the folder they lie in. What one call compiles, another finds in Go's build cache.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
mkdir -p "$cache/bin"
exec 8> "$cache/bin.lock"
flock 8
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl kubeadm \
    etcd crictl pause coredns kube-network-policies

kubernetes=() coredns=() netpol=()
for name in "$@"; do
    [ -x "$bin/$name" ] && continue
    case $name in
        coredns) coredns=(.) ;;
        kube-network-policies) netpol=(sigs.k8s.io/kube-network-policies/cmd) ;;
        etcd) kubernetes+=(go.etcd.io/etcd/server/v3) ;;
        crictl | pause) kubernetes+=("./cmd/$name") ;;
        *) kubernetes+=("k8s.io/kubernetes/cmd/$name") ;;
    esac
done

stamp=k8s.io/component-base/version
minor=${kubernetes_version#v1.}
flags="-s -w -X $stamp.gitVersion=$kubernetes_version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${minor%%.*}
    -X $stamp.gitCommit=none -X $stamp.gitTreeState=clean -X $stamp.buildDate=1970-01-01T00:00:00Z"

build() { # build MODULE PACKAGE...: a line of progress every 15 s, the compiler's own words only when it fails
    local module=$1 log status=0 total=
    shift
    log=$(mktemp)
    mkdir -p "$bin/part"
    (
        cd "hack/cluster/go/$module"
        # Fetches the modules, and says how many packages there are.
        go list -deps "$@" 2> "$log" > "$log.packages"
        CGO_ENABLED=0 go build -v -trimpath -buildvcs=false -ldflags "$flags" -o "$bin/part/" "$@" 2>> "$log"
    ) &
    builder=$!
    trap 'kill "$builder" 2>/dev/null || true' EXIT
    SECONDS=0
    while kill -0 "$builder" 2>/dev/null; do
        sleep 1
        [ $((SECONDS % 15)) = 0 ] || continue
        [ ! -s "$log.packages" ] || total=" of at most $(wc -l < "$log.packages")"
        say "  $(printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)))" \
            "$(grep -c ' downloading ' "$log") modules fetched, $(grep -vc '^go: ' "$log")$total packages compiled"
    done
    wait "$builder" || status=$?
    trap - EXIT
    if [ $status != 0 ]; then
        tail -n 20 "$log" >&2
        fail "Go could not build $* (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
    fi
    [ ! -e "$bin/part/server" ] || mv "$bin/part/server" "$bin/part/etcd"
    mv "$bin/part/"* "$bin/"
    rm -rf "$bin/part" "$log" "$log.packages"
}

if [ $((${#kubernetes[@]} + ${#coredns[@]} + ${#netpol[@]})) -gt 0 ]; then
    source hack/tools/path.sh go
    mkdir -p "$bin"
    find "$cache/bin" -mindepth 1 -maxdepth 1 ! -path "$bin" -exec rm -rf {} + # those of older recipes
    about="building Kubernetes $kubernetes_version's programs (the first time 5 to 12 minutes on two cores)"
    [ ${#kubernetes[@]} = 0 ] || step "$about" build kubernetes "${kubernetes[@]}"
    [ ${#coredns[@]} = 0 ] || step "building CoreDNS (the first time about a minute)" build coredns "${coredns[@]}"
    [ ! -x "$bin/coredns-kubeadm" ] || mv "$bin/coredns-kubeadm" "$bin/coredns"
    [ ${#netpol[@]} = 0 ] || step "building kube-network-policies (the first time about a minute)" build netpol "${netpol[@]}"
    [ ! -x "$bin/cmd" ] || mv "$bin/cmd" "$bin/kube-network-policies"
fi
echo "$bin"
