#!/usr/bin/env bash
# install.sh WHY COMMAND=PACKAGE...: makes the commands available: as root on Debian by apt, elsewhere by naming them.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
why=$1
shift
commands=() packages=()
for pair in "$@"; do
    command -v "${pair%%=*}" > /dev/null || { commands+=("${pair%%=*}") && packages+=("${pair#*=}"); }
done
[ ${#packages[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    fail "missing: ${commands[*]} ($why). Install your system's packages for it; on Debian: apt-get install ${packages[*]}"
fi
install() {
    # Services are not started: the scripts start what they need, as they need it.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' > $policy
        chmod 755 $policy
    fi
    apt-get update -qq -o DPkg::Lock::Timeout=120
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=120 --no-install-recommends \
        "${packages[@]}" > /dev/null
}
step "installing the Debian packages ${packages[*]}" install
