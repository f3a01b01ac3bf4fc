#!/bin/sh
# The clients of Microsoft Graph that are not ours and that the simulator is tried with: from PyPI and npm, in the versions that tests/clients/
# pins, into TARGET-DIRECTORY/clients. Nothing of the system is changed. Silent, and quick, when nothing is missing; says what it could not get.
#
# Usage: tests/clients.sh [TARGET-DIRECTORY]
set -u

pins=$(CDPATH= cd -- "$(dirname -- "$0")/clients" && pwd)
clients=${1:-${CARGO_TARGET_DIR:-target}}/clients
mkdir -p "$clients" || exit 1

missing=
lacks() { # WHAT, WHY
    missing=yes
    echo "the tests need $1, which could not be installed here: $2" >&2
}

# Installed for good when its pins were written down after it.
is_installed() { # NAME, PINS…
    stamp=$clients/$1.stamp
    shift
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | cksum)" ]
}

installed() { # NAME, PINS…
    name=$1
    shift
    cat "$@" | cksum >"$clients/$name.stamp"
}

# What the package managers say goes to standard error: standard output is left to the tests.
from_pypi() {
    python=$(command -v python3) || { lacks 'the clients in Python' 'there is no python3 (Debian: apt-get install python3-venv)'; return; }
    rm -rf "$clients/venv"
    "$python" -m venv "$clients/venv" >&2 ||
        { lacks 'the clients in Python' 'python3 has no venv (Debian: apt-get install python3-venv)'; return; }
    "$clients/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$pins/requirements.txt" >&2 ||
        { lacks 'the clients in Python' 'pip could not get all of tests/clients/requirements.txt'; return; }
    installed python "$pins/requirements.txt"
}

from_npm() {
    command -v npm >/dev/null ||
        { lacks 'the client in JavaScript' 'there is no npm (Debian: apt-get install npm, or Node.js 20 or newer)'; return; }
    cp "$pins/package.json" "$pins/package-lock.json" "$clients/"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$clients" >&2 ||
        { lacks 'the client in JavaScript' 'npm could not get all of tests/clients/package-lock.json'; return; }
    installed npm "$pins/package.json" "$pins/package-lock.json"
}

is_installed python "$pins/requirements.txt" && [ -x "$clients/venv/bin/python" ] || from_pypi
is_installed npm "$pins/package.json" "$pins/package-lock.json" && [ -d "$clients/node_modules" ] || from_npm

[ -z "$missing" ]
