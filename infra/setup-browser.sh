#!/bin/sh
# What the browser tests need: what web/ needs, and Chromium. Installs what is missing where it may.
set -eu
if command -v "${CHROMIUM:-chromium}" >/dev/null; then set --; else set -- chromium; fi
exec sh "$(dirname "$0")/setup-web.sh" "$@"
