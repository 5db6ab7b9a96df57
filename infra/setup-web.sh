#!/bin/sh
# What the checks and the build of web/ need: Node, npm and the packages of the lock. Installs what is missing where it
# may. setup-web.sh [PACKAGE...]: packages of the system that are wanted beside these.
set -eu
cd "$(dirname "$0")/.."

missing=$*
command -v node >/dev/null && command -v npm >/dev/null || missing="nodejs npm $missing"
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || { echo "install first: apt-get install $missing" >&2; exit 3; }
    # shellcheck disable=SC2086 # a list of packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >&2
fi
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || {
    echo "web/ needs Node 20.19 or newer; this is $(node --version)" >&2
    exit 3
}

# Only when the lock has changed since the last time.
stamp=web/node_modules/.installed
if [ ! -e "$stamp" ] || [ web/package-lock.json -nt "$stamp" ]; then
    (cd web && npm ci --silent) >&2
    touch "$stamp"
fi
