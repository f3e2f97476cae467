#!/usr/bin/env bash
# Builds the kind node image where no registry has one to give: a Debian root file system, kind's own node files out of
# kind's Go module, ours (files/), Kubernetes' programs, and the control plane's images (control-plane.sh).
set -euo pipefail
cd "$(dirname "$0")/../../.."
source hack/cluster/settings.sh
! docker image inspect "$node_image" > /dev/null 2>&1 || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    fail "building a node image needs root on Debian. Make an image registry reachable for Docker (proxy, mirror)," \
        "or set KUBECONFIG to a cluster that you have."
fi
hack/cluster/binaries.sh > /dev/null
wrapper=$(hack/docker/wrapper.sh)
base=$(hack/debian/rootfs.sh node systemd systemd-sysv dbus containerd runc containernetworking-plugins iptables \
    nftables conntrack iproute2 ethtool socat util-linux mount kmod procps jq curl ca-certificates e2fsprogs libseccomp2 \
    findutils)
source hack/tools/path.sh go

assemble() {
    local root=$1 kind_files
    rm -rf "$root"
    mkdir -p "$root"
    tar -C "$root" --xattrs -xf "$base"
    rm -f "$root"/usr/bin/containerd-shim "$root"/usr/bin/containerd-shim-runc-v1
    find "$root/usr/lib/cni" -type f ! -name host-local ! -name loopback ! -name portmap ! -name ptp -delete

    go mod download "sigs.k8s.io/kind@$kind_version"
    kind_files=$(go env GOMODCACHE)/sigs.k8s.io/kind@$kind_version/images/base/files
    install -d "$root"/{kind/bin,kind/manifests,etc/kubernetes/manifests,etc/systemd/system/kubelet.service.d,opt/cni,LICENSES}
    install "$kind_files"/usr/local/bin/entrypoint "$root"/usr/local/bin/
    install "$kind_files"/kind/bin/* "$root"/kind/bin/
    install -m 644 "$kind_files"/etc/crictl.yaml "$root"/etc/
    install -m 644 "$kind_files"/etc/sysctl.d/* "$root"/etc/sysctl.d/
    install -m 644 "$kind_files"/etc/systemd/system/{kubelet.service,kubelet.slice,undo-mount-hacks.service} \
        "$root"/etc/systemd/system/
    install -m 644 "$kind_files"/etc/systemd/system/kubelet.service.d/* "$root"/etc/systemd/system/kubelet.service.d/
    # Debian's containerd lies in /usr/bin; scores and limits cannot be raised without CAP_SYS_RESOURCE.
    sed -e 's#/usr/local/bin/containerd#/usr/bin/containerd#' -e '/^OOMScoreAdjust/d' -e '/^Limit/d' \
        "$kind_files"/etc/systemd/system/containerd.service > "$root"/etc/systemd/system/containerd.service

    cp -r --no-preserve=mode,ownership hack/cluster/node/files/. "$root"/
    install "$bin"/{kubeadm,kubelet,kubectl} "$root"/usr/bin/
    install "$bin"/crictl "$root"/usr/local/bin/
    install "$wrapper" "$root"/usr/local/sbin/oci-noresource
    printf %s "$kubernetes_version" > "$root"/kind/version
    ln -sfn /usr/lib/cni "$root"/opt/cni/bin

    # Only what a node needs is started, as in kind's own image.
    rm -f "$root"/{lib,etc}/systemd/system/multi-user.target.wants/* "$root"/etc/systemd/system/*.wants/* \
        "$root"/lib/systemd/system/{local-fs,basic}.target.wants/* \
        "$root"/lib/systemd/system/sockets.target.wants/{*udev*,*initctl*} \
        "$root"/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
    echo ReadKMsg=no >> "$root"/etc/systemd/journald.conf
    ln -sf /usr/lib/systemd/systemd "$root"/sbin/init
    : > "$root"/etc/machine-id
    rm -f "$root"/etc/hostname
    mkdir -p "$root"/var/log/journal
    chroot "$root" systemctl --quiet enable kubelet.service containerd.service podnet.service \
        undo-mount-hacks.service
    chroot "$root" systemctl --quiet mask systemd-binfmt.service
}

build() {
    local root=$cache/node/root old
    assemble "$root"
    hack/cluster/node/control-plane.sh "$root"
    tar -C "$root" --xattrs -c . | docker import - trussmodel/kind-node:rootfs > /dev/null
    rm -rf "$cache/node"
    docker build --quiet --tag "$node_image" - < hack/cluster/node/Dockerfile > /dev/null 2>&1
    # Those of older recipes; refused for one that a cluster still runs on.
    for old in $(docker images --format '{{.Repository}}:{{.Tag}}' trussmodel/kind-node); do
        [ "$old" = "$node_image" ] || docker rmi "$old" > /dev/null 2>&1 || true
    done
}
step "building the node image $node_image" build
