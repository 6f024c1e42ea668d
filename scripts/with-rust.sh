#!/bin/sh
# Runs a command with a working, recent Rust toolchain first on PATH; exit 69 if there is none.
#
#     scripts/with-rust.sh cargo build
#
# A toolchain counts only if it runs: under another HOME rustup's proxies are on PATH and fail,
# while the toolchains that they stand for still work when called directly.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
least_minor=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' "$root/Cargo.toml")

# Whether Rust runs and is recent enough with `$1` first on PATH.
works() {
    version=$(PATH="$1:$PATH" rustc --version 2>/dev/null) || return 1
    PATH="$1:$PATH" cargo --version >/dev/null 2>&1 || return 1
    minor=$(printf '%s\n' "$version" | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -ge "$least_minor" ]
}

cargo=$(command -v cargo || echo /usr/bin/cargo)
login_home=$(getent passwd "$(id -u)" | cut -d: -f6)
proxy_home=$(dirname "$(dirname "$(dirname "$cargo")")")

for bin in \
    "$(dirname "$cargo")" \
    "${HOME:-}"/.cargo/bin \
    "$root"/.cache/rustup/toolchains/*/bin \
    "${RUSTUP_HOME:-${HOME:-}/.rustup}"/toolchains/stable-*/bin \
    "$proxy_home"/.rustup/toolchains/stable-*/bin \
    "$login_home"/.rustup/toolchains/stable-*/bin \
    "$login_home"/.rustup/toolchains/*/bin \
    /usr/lib/rust-1.*/bin \
    /usr/bin; do
    if [ -x "$bin/cargo" ] && works "$bin"; then
        PATH="$bin:$PATH"
        export PATH
        exec "$@"
    fi
done

echo "No working Rust 1.$least_minor or newer was found; 'make setup' installs one." >&2
exit 69
