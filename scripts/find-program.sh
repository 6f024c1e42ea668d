#!/usr/bin/env bash
# Prints the path of a program that the fault tests use, one of the list below; exit 1 if it is not to be had.
#
# A missing one is unpacked from its Debian package into .cache/programs instead of being installed:
# installing would start a monitoring server, or rotate this machine's logs every day.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$1
case $program in
    strace) packages=(strace libunwind8) ;;
    logrotate) packages=(logrotate libpopt0) ;;
    prometheus | promtool) packages=(prometheus) ;;
    valgrind) packages=(valgrind) ;;
    *)
        echo "find-program: does not know $program" >&2
        exit 2
        ;;
esac
unpacked=.cache/programs/${packages[0]}

find_working() {
    local candidate
    for candidate in "$(command -v "$program" || true)" /usr/sbin/"$program" "$unpacked/run-$program"; do
        if [ -x "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            realpath "$candidate"
            return
        fi
    done
    return 1
}

download_packages() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    (
        cd "$unpacked" || exit
        # The lists of packages may not be there yet, or be old.
        apt-get download -q "${packages[@]}" || { apt-get update -q && apt-get download -q "${packages[@]}"; } || exit
        for package in *.deb; do dpkg-deb -x "$package" . || exit; done
        rm -- *.deb
    ) >/dev/null 2>&1 || { rm -rf "$unpacked" && return 1; }
}

# Writes a script that runs the unpacked program with the libraries of its packages.
write_runner() {
    local binary libraries tools
    binary=$(find "$PWD/$unpacked" -type f -path "*bin/$program" | head -n 1)
    libraries=$(find "$PWD/$unpacked" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
    # Where Valgrind looks for its tools; no other program asks for that.
    tools=$(find "$PWD/$unpacked" -type d -path '*/lib*/valgrind' | head -n 1)
    printf '#!/bin/sh\nVALGRIND_LIB=%q LD_LIBRARY_PATH=%q exec %q "$@"\n' "$tools" "$libraries" "$binary" \
        >"$unpacked/run-$program"
    chmod +x "$unpacked/run-$program"
}

find_working && exit
[ -d "$unpacked" ] || download_packages
write_runner
find_working
