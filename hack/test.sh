#!/usr/bin/env bash
# `make test`: every level in turn, cheapest first, with what each took; all of them run even when one fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
rm -rf .coverage
failed=() took=()
for level in lint unit integration chart e2e; do
    printf '\n==> make %s\n' "$level"
    SECONDS=0
    make "$level" || failed+=("$level")
    took+=("$(printf '    %-12s %4d s' "$level" "$SECONDS")")
done
printf '\n==> coverage\n'
.venv/bin/coverage combine --quiet --keep .coverage/unit .coverage/integration && .venv/bin/coverage report
printf '\n==> took\n'
printf '%s\n' "${took[@]}"
if [ ${#failed[@]} -gt 0 ]; then
    printf '\nfailed: %s\n' "${failed[*]}" >&2
    exit 1
fi
printf '\nall levels passed\n'
