#!/usr/bin/env bash
# Builds the site of docs/ into site/; `--check` into nowhere. A link that leads nowhere is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
target=site
if [ "${1:-}" = --check ]; then
    target=$(mktemp -d)
    trap 'rm -rf "$target"' EXIT
fi
# Not --quiet: that would let warnings pass. The variable keeps the theme from advertising its successor.
if ! said=$(NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --site-dir "$target" 2>&1); then
    printf '%s\n' "$said" >&2
    exit 1
fi
[ "$target" != site ] || echo "wrote site/index.html"
