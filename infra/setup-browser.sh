#!/bin/sh
# What the browser tests need: Node, Chromium and the packages of web/. Installs what is missing where it may.
set -eu
cd "$(dirname "$0")/.."

missing=
command -v node >/dev/null && command -v npm >/dev/null || missing="nodejs npm"
command -v "${CHROMIUM:-chromium}" >/dev/null || missing="$missing chromium"
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || { echo "install first: apt-get install $missing" >&2; exit 3; }
    # shellcheck disable=SC2086 # a list of packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >&2
fi

# Only when the lock has changed since the last time.
stamp=web/node_modules/.installed
if [ ! -e "$stamp" ] || [ web/package-lock.json -nt "$stamp" ]; then
    (cd web && npm ci --silent) >&2
    touch "$stamp"
fi
