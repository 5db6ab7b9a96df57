#!/bin/sh
# Makes the virtual environment with the pinned requirements: setup.sh PYTHON VENV
set -eu
python=$1
venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "mycoder needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    [ "$(id -u)" = 0 ] || { echo "Install the venv module first: apt-get install python3-venv" >&2; exit 1; }
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
fi

# install FOLDER REQUIREMENTS [OPTION...]
install() {
    [ -x "$1/bin/python" ] || "$python" -m venv "$1"
    folder=$1 requirements=infra/requirements/$2
    shift 2
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements" "$@"
}

install "$venv" dev.txt
install "$venv/contract" contract.txt --no-compile
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

# Type checkers cannot follow the editable finder; these links show them the packages under their import name.
mkdir -p .types/mycoderai
for package in schemas broker workers gateway; do
    ln -sfn "../../$package" ".types/mycoderai/$package"
done
