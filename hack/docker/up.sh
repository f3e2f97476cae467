#!/usr/bin/env bash
# Makes Docker answer: takes the daemon that runs, else starts one, as root on Debian after installing it where it is
# missing. A root user without CAP_SYS_RESOURCE gets one whose containers do without it too (oci-noresource).
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
run=$cache/docker
mkdir -p "$run"
exec 9> "$run/lock"
flock 9 # of two callers one starts it

answers() { timeout 10 docker info > /dev/null 2>&1; }

limited() { # whether this user lacks CAP_SYS_RESOURCE, bit 24
    [ -r /proc/self/status ] && ! ((0x$(awk '/^CapEff/ {print $2}' /proc/self/status) >> 24 & 1))
}

runs() { # runs PID-FILE NAME: whether the process is there and is NAME (a zombie has no exe)
    [ -e "$1" ] && [ "$(basename "$(readlink "/proc/$(cat "$1")/exe")")" = "$2" ]
}

start() {
    local options=()
    if limited; then
        options=(--add-runtime "noresource=$(hack/docker/wrapper.sh)" --default-runtime noresource)
    elif [ -d /run/systemd/system ]; then
        systemctl start docker
        return
    fi
    # What a daemon that was killed left behind would keep the next one from starting.
    runs /var/run/docker.pid dockerd || rm -f /var/run/docker.pid
    runs /var/run/docker/containerd/containerd.pid containerd || rm -f /var/run/docker/containerd/containerd.pid
    if ! runs "$run/pid" dockerd; then
        rm -f "$run/pid"
        setsid nohup dockerd --pidfile "$run/pid" "${options[@]}" > "$run/log" 2>&1 < /dev/null 9>&- &
    fi
    for _ in $(seq 150); do
        ! answers || return 0
        sleep 0.2
    done
    tail -n 20 "$run/log" >&2
    fail "dockerd did not come up within 30 s (its log's end is above; the whole of it: $run/log)"
}

if answers; then
    if limited && pidof dockerd > /dev/null && [ "$(docker info --format '{{.DefaultRuntime}}')" != noresource ]; then
        fail "the dockerd that runs cannot start what a cluster needs, as this machine's root lacks CAP_SYS_RESOURCE:" \
            "stop it and run this again, which starts one that can."
    fi
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    fail "Docker does not answer: $(docker info 2>&1 | tail -n 1)" \
        "-- install it, start it (Docker Desktop, or: sudo systemctl start docker) and see that your user may use it" \
        "(group docker), or set KUBECONFIG to a cluster that you have."
fi
hack/debian/install.sh "runs containers" dockerd=docker.io docker=docker.io iptables=iptables
answers || step "starting dockerd" start
