#!/bin/sh
# componentize-py, which makes components of Python, from PyPI in the version that plugin/template-python pins, into
# TARGET-DIRECTORY/componentize. Nothing of the system is changed. Silent, and quick, when nothing is missing; says what it could not get.
#
# Usage: tests/componentize.sh [TARGET-DIRECTORY]
set -u

pins=$(CDPATH= cd -- "$(dirname -- "$0")/../plugin/template-python" && pwd)/requirements.txt
venv=${1:-${CARGO_TARGET_DIR:-target}}/componentize

lacks() { # WHY
    echo "the test of the connector in Python needs componentize-py, which could not be installed here: $1" >&2
    exit 1
}

# Installed for good when its pins were written down after it.
[ -x "$venv/bin/componentize-py" ] && cmp -s "$pins" "$venv/installed.txt" && exit 0

python=$(command -v python3) || lacks 'there is no python3 (Debian: apt-get install python3-venv)'
rm -rf "$venv"
# What the package managers say goes to standard error: standard output is left to the tests.
"$python" -m venv "$venv" >&2 || lacks 'python3 has no venv (Debian: apt-get install python3-venv)'
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$pins" >&2 ||
    lacks 'pip could not get all of plugin/template-python/requirements.txt'
cp "$pins" "$venv/installed.txt"
