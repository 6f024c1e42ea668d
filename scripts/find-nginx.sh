#!/usr/bin/env bash
# Prints the path of an nginx that runs; exit 1 if there is none to be had.
#
# A missing one is unpacked from its Debian package into .cache/nginx instead of being installed:
# installing would start a web server on this machine's port 80.
set -euo pipefail
cd "$(dirname "$0")/.."

unpacked=.cache/nginx/usr/sbin/nginx

find_working() {
    local nginx
    for nginx in "$(command -v nginx || true)" /usr/sbin/nginx /usr/local/sbin/nginx "$unpacked"; do
        if [ -x "$nginx" ] && "$nginx" -v >/dev/null 2>&1; then
            realpath "$nginx"
            return
        fi
    done
    return 1
}

unpack_package() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    rm -rf .cache/nginx
    mkdir -p .cache/nginx
    (cd .cache/nginx && apt-get download -q nginx && dpkg-deb -x nginx_*.deb .) >/dev/null 2>&1
}

find_working || { unpack_package && find_working; }
