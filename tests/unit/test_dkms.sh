#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the programs that dkms runs in addition to the build, and the one that runs at boot. repack
# compresses the module again with a checksum that the kernel can read. keep-stock puts the kernel's
# own module back. wait reports at boot that DKMS has installed no module. The trees here look like
# those of dkms 3.0.10 (Debian 12) and 3.2.2 (Debian 13). Needs no dkms, no kernel and no root.
# "make check-dkms" is the test with a real dkms.

set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C
failed=0

# is GOT WANTED CLAIM: the claim holds if GOT is WANTED
is() {
	if [ "$1" = "$2" ]; then
		echo "ok dkms: $3"
	else
		printf 'not ok dkms: %s\n    got:    %s\n    wanted: %s\n' "$3" "$1" "$2"
		failed=1
	fi
}
have() { command -v "$1" >/dev/null || { echo "skipped dkms: $1 is not installed (lab/deps installs it)"; exit 77; }; }
have xz

### the source that dkms gets

make -s dkms-source DESTDIR="$tmp/source" >"$tmp/log" 2>&1 || cat "$tmp/log"
source=$tmp/source/usr/src/daxplug-$(cat VERSION)
is "$(cd "$source" && echo *)" "COPYING LICENSES Makefile VERSION dkms.conf engine keep-stock kernel ready repack" \
	"the source is what the build needs"
# shellcheck disable=SC2016,SC2154 # the inner shell expands
is "$(cd "$source" && kernel_source_dir=/k dkms_tree=/d bash -c '. ./dkms.conf
	for run in "$PRE_BUILD" "$POST_BUILD" "$POST_INSTALL"; do [ -x "${run%% *}" ] && echo "$run"; done' | paste -sd,)" \
	"ready /k,repack,keep-stock /d" "dkms.conf names programs that are there"

### repack

tree=$tmp/dkms/daxplug/1
build=$tree/build
dir=$tree/6.12.1-amd64/x86_64/module
mkdir -p "$build" "$dir" "$tree/6.13.1-amd64/x86_64/module" "$tree/7.1.1-amd64/x86_64/module"
seq 20000 >"$tmp/plain"
checksum() { xz --robot --list "$1" | awk '$1 == "file" { print $7 }'; }
repack() { (cd "$build" && "$source/repack") >"$tmp/out" 2>"$tmp/err"; }

xz -c "$tmp/plain" >"$dir/kmem.ko.xz"
xz -c --check=crc32 "$tmp/plain" >"$tree/6.13.1-amd64/x86_64/module/kmem.ko.xz"
cp "$tmp/plain" "$tree/7.1.1-amd64/x86_64/module/kmem.ko"
(cd "$tree" && md5sum 6.13*/*/*/* 7.1*/*/*/*) >"$tmp/before"
is "$(checksum "$dir/kmem.ko.xz")" CRC64 "xz without options packs with a CRC64, as dkms 3.0.10 does"
repack
is "$?, $(checksum "$dir/kmem.ko.xz"), $(xz -dc "$dir/kmem.ko.xz" | cmp - "$tmp/plain" && echo same)" "0, CRC32, same" \
	"repack packs the module again with a CRC32"
is "$(cd "$tree" && md5sum 6.13*/*/*/* 7.1*/*/*/*)" "$(cat "$tmp/before")" "and does not change modules that the kernel can read"
is "$(find "$tree" -name 'kmem*' | wc -l)" 3 "and leaves no other file"
sum=$(md5sum <"$dir/kmem.ko.xz")
repack
is "$?, $(cat "$tmp/out" "$tmp/err"), $(md5sum <"$dir/kmem.ko.xz")" "0, , $sum" "a second time it does nothing"
xz -c "$tmp/plain" | head -c 2000 >"$dir/kmem.ko.xz"
sum=$(md5sum <"$dir/kmem.ko.xz")
repack
is "$?, $(grep -c '^daxplug: could not pack ' "$tmp/err"), $(md5sum <"$dir/kmem.ko.xz")" "1, 1, $sum" \
	"what cannot be unpacked stays as it is, and is an error"

### keep-stock

lib=$tmp/lib/modules/6.12.1-amd64
old=$tmp/dkms/daxplug/original_module/6.12.1-amd64/x86_64
# taken PATH: make the files that dkms 3.2 leaves when it takes the module $lib/PATH away
taken() {
	mkdir -p "$old" "$lib"
	echo stock >"$old/kmem.ko.xz"
	echo "$lib/$1" >"$old/kmem.ko.xz.origin"
}
keep() { "$source/keep-stock" "$tmp/dkms" >"$tmp/out" 2>"$tmp/err"; }

keep
is "$?, $(cat "$tmp/out" "$tmp/err")" "0, " "keep-stock: nothing was taken away"
taken kernel/drivers/dax/kmem.ko.xz
keep
is "$?, $(cat "$lib/kernel/drivers/dax/kmem.ko.xz"), $([ -e "$tmp/dkms/daxplug/original_module" ] || echo gone)" \
	"0, stock, gone" "the stock module is where it was"
taken kernel/drivers/dax/kmem.ko.xz
echo newer >"$lib/kernel/drivers/dax/kmem.ko.xz"
keep
is "$(cat "$lib/kernel/drivers/dax/kmem.ko.xz"), $(cat "$old/kmem.ko.xz")" "newer, stock" \
	"a module that was installed in the meantime is not replaced"
taken updates/kmem.ko.xz
keep
is "$([ -e "$lib/updates" ] || echo none), $(cat "$old/kmem.ko.xz")" "none, stock" \
	"a module from updates/ is not put beside daxplug's"

### the configuration file of the package

# If an administrator has changed this file, and a new version of the package has another text, then dpkg
# asks which one to keep. An upgrade without a terminal fails at that question. So the file keeps the text
# that it has had since 0.1.0, comments included, unless its meaning has to change.
is "$(sha256sum <packaging/dkms/modprobe.conf)" \
	"c546ebf88ea45a9ee71bd58a6dfa2c052f5a6c7a10c13966ddc90d819bdb4e0a  -" \
	"/etc/modprobe.d/daxplug.conf is that of 0.1.0, so an upgrade does not ask about it"

### a boot without daxplug's module

mkdir "$tmp/bin"
# shellcheck disable=SC2016 # the script expands
printf '#!/bin/sh\necho "$FAKE_PARM"\n' >"$tmp/bin/modinfo"
chmod +x "$tmp/bin/modinfo"
FAKE_PARM='' PATH=$tmp/bin:$PATH "$top/packaging/dkms/wait" >"$tmp/out" 2>"$tmp/err"
is "$?, $(grep -c "^<3>daxplug-dkms: DKMS has installed no kmem module for $(uname -r)\." "$tmp/err")" "1, 1" \
	"the kernel's own module: it is an error, and the kernel is named"
printf '#!/bin/sh\necho "install $*"\n' >"$tmp/bin/install"
chmod +x "$tmp/bin/install"
is "$(FAKE_PARM='policy:text (charp)' PATH=$tmp/bin:$PATH packaging/dkms/wait 2>&1)" \
	"install -D -m 644 /usr/share/daxplug-dkms/wait.conf /run/modprobe.d/00-daxplug.conf" \
	"daxplug's module: devices wait for the policy"
exit $failed
