#!/usr/bin/env bash
# rootfs.sh NAME PACKAGE...: prints the path of a tar with a minimal Debian bookworm that holds the packages. Made by
# debootstrap from the mirror that this machine's apt uses (DEBIAN_MIRROR names another), once for each list of packages.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
suite=bookworm
name=$1
shift
packages=$(IFS=, && echo "$*")
tar=$cache/debian/$name-$(cat hack/debian/rootfs.sh <(echo "$packages") | sha256sum | cut -c1-12).tar

make() {
    hack/debian/install.sh "makes a Debian root file system" debootstrap=debootstrap
    [ "$(id -u)" = 0 ] || fail "debootstrap needs root: run this as root."
    local mirror=${DEBIAN_MIRROR:-} root=$tar.root
    # shellcheck disable=SC2016 # apt's own variables
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' "Identifier: Packages" |
        awk '$2 == "Debian" && $3 == "Debian" && !mirror {mirror = $1} END {print mirror}')
    [ -n "$mirror" ] || fail "apt knows no Debian mirror (apt-get update, or name one in DEBIAN_MIRROR)."
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" > "$tar.log" 2>&1 || {
        tail -n 5 "$tar.log" >&2
        fail "debootstrap failed (above; the whole of it: $tar.log)"
    }
    rm -rf "$root"/var/{cache/apt/{archives/*.deb,*.bin},lib/apt/lists/*,log/*} "$root"/usr/share/{man,locale,info}
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    find "$root/usr/share/doc" -type d -empty -delete
    tar -C "$root" --xattrs -cf "$tar.part" .
    rm -rf "$root" "$tar.log" "$cache/debian/$name"-*.tar
    mv "$tar.part" "$tar"
}
[ -e "$tar" ] || step "Debian $suite with $name's packages (about a minute)" make
echo "$tar"
