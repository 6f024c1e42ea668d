#!/usr/bin/env bash
# Installs what is missing to build and test logagent, and makes .venv with the development tools.
#
# Needs: Debian or a relative of it with apt-get, or python3, a C compiler and Rust already there.
# Changes the system only for what is missing; all else stays inside this directory.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '• %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# Runs a command in silence; what it printed is shown only if it fails.
quietly() {
    local output
    if ! output=$("$@" 2>&1 </dev/null); then
        printf '%s\n' "$output" >&2
        return 1
    fi
}

apt_lists_fresh=no
# Installs Debian packages. Never removes one: a person's own Rust or Python must survive.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        as_root=(sudo)
    fi
    if [ "$apt_lists_fresh" = no ]; then
        quietly "${as_root[@]}" apt-get update -q || return 1
        apt_lists_fresh=yes
    fi
    quietly "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends --no-remove "$@"
}

# Prints a Python that is recent enough and can make virtual environments.
find_python() {
    local python
    for python in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            >/dev/null 2>&1; then
            printf '%s\n' "$python"
            return
        fi
    done
    return 1
}

# Rust from the distribution: Debian keeps a recent one for its browsers beside the stable one.
install_rust_packages() {
    apt_install cargo-web rustc-web rust-web-clippy rustfmt-web && have_rust
}

# Rust from rustup, into .cache only: neither the home directory nor PATH is changed.
install_rustup_toolchain() {
    export RUSTUP_HOME="$PWD/.cache/rustup" CARGO_HOME="$PWD/.cache/rustup/cargo"
    local rustup=rustup installer="$RUSTUP_HOME/rustup-init.sh"
    if ! command -v rustup >/dev/null; then
        command -v curl >/dev/null || apt_install curl || return 1
        mkdir -p "$RUSTUP_HOME"
        curl --proto '=https' --tlsv1.2 -sSf -o "$installer" \
            https://static.rust-lang.org/rustup/rustup-init.sh || return 1
        quietly sh "$installer" -y --no-modify-path --default-toolchain none || return 1
        rustup=$CARGO_HOME/bin/rustup
    fi
    quietly "$rustup" toolchain install stable --profile minimal -c clippy -c rustfmt
}

have_rust() { scripts/with-rust.sh true 2>/dev/null; }
least_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }

ensure_system() {
    if ! find_python >/dev/null; then
        step "installing Python"
        apt_install python3 python3-venv || true
        find_python >/dev/null ||
            fail "needs Python 3.11 or newer with venv (Debian: python3 python3-venv)"
    fi
    if ! command -v cc >/dev/null; then
        step "installing a C compiler"
        apt_install gcc libc6-dev || fail "needs a C compiler (Debian: gcc libc6-dev)"
    fi
    if command -v apt-get >/dev/null && [ ! -e /etc/ssl/certs/ca-certificates.crt ]; then
        step "installing certificates"
        apt_install ca-certificates || fail "needs root certificates (Debian: ca-certificates)"
    fi
    if ! have_rust; then
        step "installing Rust"
        install_rust_packages >/dev/null 2>&1 || (install_rustup_toolchain) || true
        have_rust || fail "needs Rust $(least_rust) or newer (https://rustup.rs)"
    fi
}

ensure_environment() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        step "making .venv"
        rm -rf .venv
        quietly "$(find_python)" -m venv .venv || fail "could not make .venv"
    fi
    step "installing the development tools into .venv"
    # The pip that Debian 12 puts into an environment does not know dependency groups yet.
    quietly .venv/bin/python -m pip install -q --upgrade pip || fail "pip could not upgrade itself"
    quietly .venv/bin/python -m pip install -q --group dev || fail "pip could not install the tools"
}

ensure_system
ensure_environment
