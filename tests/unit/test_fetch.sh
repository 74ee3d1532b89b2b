#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests lab/fetch with a cache that an older version of the lab has made. If a part in the cache lacks a
# package that lab/fetch now needs, the part is fetched again. apt-get is a stub without a mirror,
# so each attempt to fetch ends with exit status 3.

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export XDG_CACHE_HOME=$tmp/cache
failed=0

mkdir "$tmp/bin"
printf '#!/bin/sh\nexit 0\n' >"$tmp/bin/apt-get"
cp "$tmp/bin/apt-get" "$tmp/bin/apt-config"
chmod +x "$tmp/bin"/*
PATH=$tmp/bin:$PATH

# cache PART PACKAGE...: put the part into the cache, with these packages
cache() {
	local dir=$tmp/cache/daxplug/$1 package
	rm -rf "$dir"
	mkdir -p "$dir/root"
	shift
	for package; do echo "${package}_1_amd64.deb"; done >"$dir/packages"
}

# fetch STATUS CLAIM PART: lab/fetch PART ends with this exit status
fetch() {
	local status=0
	lab/fetch "$3" >"$tmp/out" 2>&1 || status=$?
	if [ $status -eq "$1" ]; then
		echo "ok $2"
	else
		echo "not ok $2: exit $status"
		sed 's/^/    /' "$tmp/out"
		failed=1
	fi
}

fetch 3 "what is not there is fetched" qemu
cache qemu adduser qemu-system-x86
fetch 0 "what is complete is not" qemu
cache qemu adduser qemu-system-x86-xen
fetch 3 "a name that only begins so is another package" qemu
cache trixie-arm64 gcc-14-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev libudev-dev \
	libjson-c-dev libinih-dev
fetch 3 "a part without what is wanted now is fetched again" trixie-arm64
exit $failed
