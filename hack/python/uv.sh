#!/usr/bin/env bash
# Runs uv: the one on PATH if its version will do, else one from PyPI in a folder of its own in the user's cache.
set -euo pipefail
version=0.13.9
home=${XDG_CACHE_HOME:-$HOME/.cache}/trussmodel/uv-$version
if [ ! -x "$home/bin/uv" ]; then
    if uv=$(command -v uv) && [ "$("$uv" --version | cut -d' ' -f2)" = "$version" ]; then
        exec "$uv" "$@"
    fi
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "error: Python 3.11 or newer is needed on PATH as python3 (found: $(python3 --version 2>&1))." >&2
        exit 1
    }
    # Debian splits ensurepip off into python3-venv.
    python3 -c 'import ensurepip' 2>/dev/null || {
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; } >&2
        else
            echo "error: python3 has no ensurepip: install your system's python3-venv package." >&2
            exit 1
        fi
    }
    rm -rf "$home.part"
    python3 -m venv "$home.part" >&2
    "$home.part/bin/pip" install --quiet --disable-pip-version-check "uv==$version" >&2
    mv "$home.part" "$home"
fi
exec "$home/bin/uv" "$@"
