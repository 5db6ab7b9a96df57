#!/bin/sh
# What the tests of memory on Redis need: redis-server. Installs it where it is missing and may be.
set -eu
command -v redis-server >/dev/null && exit 0
[ "$(id -u)" = 0 ] || { echo "install first: apt-get install redis-server" >&2; exit 3; }
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server; } >&2
