#!/bin/sh
# DuckDB, which reads the files of Parquet that the program writes, from PyPI in the version that is pinned here, into TARGET-DIRECTORY/duckdb.
# Nothing of the system is changed. Silent, and quick, when nothing is missing; says what it could not get.
#
# Usage: tests/duckdb.sh [TARGET-DIRECTORY]
set -u

wheel=duckdb==2.0.1
duckdb=${1:-${CARGO_TARGET_DIR:-target}}/duckdb

lacks() { # WHY
    echo "the test of Parquet needs DuckDB, which could not be installed here: $1" >&2
    exit 1
}

# Installed for good when its version was written down after it.
[ "$(cat "$duckdb/installed.txt" 2>/dev/null)" = "$wheel" ] && exit 0

command -v pip3 >/dev/null || lacks 'there is no pip3 (Debian: apt-get install python3-pip)'
rm -rf "$duckdb"
# What pip says goes to standard error: standard output is left to the tests.
pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary :all: --target "$duckdb" "$wheel" >&2 ||
    lacks "pip could not get $wheel"
echo "$wheel" >"$duckdb/installed.txt"
