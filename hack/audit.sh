#!/usr/bin/env bash
# Asks the Python Package Index whether a vulnerability is known of anything that is pinned: what the images hold and what
# builds and tests them. A package that cannot be asked about fails it too: no answer is not a clean one. What is accepted is
# listed in requirements/accepted-vulnerabilities.txt, each with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."
source hack/tools/steps.sh
accepted=()
while read -r id reason; do
    [ -n "$reason" ] || fail "requirements/accepted-vulnerabilities.txt: $id has no reason behind it"
    accepted+=(--ignore-vuln "$id")
done < <(grep -v '^#' requirements/accepted-vulnerabilities.txt)
status=0
for file in operator runtime dev; do
    say "requirements/$file.txt ..."
    .venv/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner=off --requirement "requirements/$file.txt" \
        "${accepted[@]}" || status=1
done
[ $status = 0 ] || fail "see above: a vulnerability (update the package: make lock UPGRADE=1), or no answer from the index"
