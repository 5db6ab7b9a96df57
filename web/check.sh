#!/bin/sh
# What must hold for the page: fresh types, no type errors, green tests, and a committed build made from this source.
# AsyncAPI's own schema comes with the packages of the page, so the document is checked here too.
# check.sh PYTHON; the Python that has mycoderai installed.
set -eu
python=$1
cd "$(dirname "$0")"
sh ../infra/setup-web.sh
"$python" make_types.py --check
"$python" ../infra/check_asyncapi.py 'node_modules/@asyncapi/specs/schemas/3.1.0-without-$id.json'
npm run --silent types
said=$(npm test --silent 2>&1) || { echo "$said" >&2; exit 1; }

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
npm run --silent build -- --outDir "$fresh" --emptyOutDir --logLevel error
diff -r "$fresh" ../gateway/static >/dev/null || {
    echo "gateway/static is not what web/ builds to; run: make web" >&2
    exit 1
}
size=$(node size.mjs "$fresh") || { echo "$size" >&2; exit 1; }
