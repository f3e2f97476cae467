#!/usr/bin/env bash
# control-plane.sh ROOT: puts the control plane's images into the containerd store of the node's root file system. Each
# holds one static program (kube-proxy also iptables and its libraries), under the names that kubeadm asks for; and that of
# kube-network-policies, under the one that files/kind/manifests/default-cni.yaml asks for.
set -euo pipefail
cd "$(dirname "$0")/../../.."
source hack/cluster/settings.sh
root=$1
work=$(mktemp -d -p "$cache/node")
images=$("$bin/kubeadm" config images list --kubernetes-version "$kubernetes_version" 2> /dev/null)
images+=$'\ntrussmodel/kube-network-policies:local'
reference() { grep "/$1:" <<< "$images" || fail "kubeadm lists no image named $1"; }

iptables_of_node() { # the programs and what they load, as a tar
    # shellcheck disable=SC2016 # expanded inside
    chroot "$root" sh -c '
        set -- /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /usr/sbin/nft /usr/lib/*-linux-gnu/xtables
        { printf "%s\n" "$@"; ldd "$1" "$2" "$3" "$4"/*.so | grep -o "/[^ :)]*\.so[^ :)]*"; } | sort -u |
            tar --create --dereference --files-from - 2> /dev/null'
}

image() { # image NAME PATH: the tree in $work/NAME with the program at PATH
    mkdir -p "$work/$1/tmp" "$work/$1/etc" "$work/$1$(dirname "$2")"
    cp "$bin/$1" "$work/$1$2"
    tar -C "$work/$1" -c . | docker import --change "ENTRYPOINT [\"$2\"]" \
        --change 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$(reference "$1")" > /dev/null
}

mkdir -p "$work"/kube-proxy/{run,usr/sbin}
iptables_of_node | tar -C "$work/kube-proxy" -x
for name in {iptables,ip6tables}{,-save,-restore}; do
    ln -sf xtables-nft-multi "$work/kube-proxy/usr/sbin/$name"
done
for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy etcd kube-network-policies; do
    image "$name" "/usr/local/bin/$name"
done
image coredns /coredns
image pause /pause
# shellcheck disable=SC2086 # one name a word
docker save -o "$root/images.tar" $images
# shellcheck disable=SC2086
docker rmi $images > /dev/null
pause=$(reference pause)
sed -i "s#@PAUSE@#$pause#" "$root/etc/containerd/config.toml"

# The node's own containerd unpacks them, in a mount namespace that ends with it. The layers' tars are not needed
# again; removing them frees nothing until a collection has run, which `images rm --sync` brings about.
unshare --mount bash -euo pipefail -s "$root" "$pause" <<'INSIDE'
mount -t proc proc "$1/proc"
chroot "$1" bash -euo pipefail -s "$2" <<'NODE'
ctr oci spec | jq 'del(.process.rlimits)' > /etc/containerd/cri-base.json # raising one needs CAP_SYS_RESOURCE
cat > /tmp/config.toml <<'TOML'
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri"]
TOML
containerd --config /tmp/config.toml > /tmp/containerd.log 2>&1 &
k() { ctr --namespace k8s.io "$@"; }
for _ in $(seq 100); do ! k version > /dev/null 2>&1 || break; sleep 0.1; done
k images import --all-platforms --snapshotter overlayfs /images.tar > /dev/null || { cat /tmp/containerd.log >&2; exit 1; }
k content ls | awk 'NR > 1 && $2 ~ /(MB|MiB|GB|GiB)$/ {print $1}' | xargs -r ctr --namespace k8s.io content rm > /dev/null
k images tag "$1" collect-garbage > /dev/null
k images rm --sync collect-garbage > /dev/null
kill %1
wait %1 || true
NODE
INSIDE
rm -rf "$work" "$root"/{images.tar,tmp/*,run/containerd} "$root"/var/lib/containerd/io.containerd.runtime*
