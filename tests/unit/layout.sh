#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the layout generator, btf-extract, probe and the checks of "make module", on invented kernels.
# Needs no network and no kernel. Exit 77 if libbpf is not installed.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cc=${HOSTCC:-cc}
failed=0
skipped=0

if ! pkg-config --exists libbpf 2>/dev/null; then
	echo "skipped layout: libbpf-dev or pkg-config is not installed (lab/deps installs both)"
	exit 77
fi

# result NAME STATUS: print the claim NAME as "ok" if STATUS is 0, else as "FAILED"
result() {
	if [ "$2" -eq 0 ]; then
		echo "ok      layout: $1"
	else
		echo "FAILED  layout: $1"
		[ ! -s "$tmp/err" ] || sed 's/^/        /' "$tmp/err"
		failed=$((failed + 1))
	fi
}

# accepts NAME COMMAND...: the command succeeds and writes nothing to stderr
accepts() {
	name=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" && [ ! -s "$tmp/err" ]
	result "$name" $?
}

# refuses NAME PATTERN LINES COMMAND...: the command fails and writes nothing to stdout. It writes
# LINES lines to stderr, and at least one of them matches PATTERN.
refuses() {
	name=$1 pattern=$2 lines=$3
	shift 3
	if "$@" >"$tmp/out" 2>"$tmp/err" || [ -s "$tmp/out" ]; then
		result "$name" 1
		return
	fi
	[ "$(wc -l <"$tmp/err")" -eq "$lines" ] && grep -q -e "$pattern" "$tmp/err"
	result "$name" $?
}

holds() {
	name=$1
	shift
	: >"$tmp/err"
	"$@" >/dev/null 2>"$tmp/err"
	result "$name" $?
}

for program in kernel/compat/layout.c tests/unit/layout_fixture.c; do
	# shellcheck disable=SC2046 # flags are words
	"$cc" -std=gnu11 -g -Wall -Wextra -Werror $(pkg-config --cflags libbpf) \
		-o "$tmp/$(basename "$program" .c)" "$top/$program" \
		$(pkg-config --libs libbpf) || exit 1
done
layout=$tmp/layout
for case in good missing bitfield twice nodax; do
	"$tmp/layout_fixture" $case >"$tmp/$case.btf" || exit 1
done

# --- the generator -----------------------------------------------------------

accepts "a known bus is written" "$layout" "$tmp/good.btf" 6.99-test
cp "$tmp/out" "$tmp/layout.h"
holds "it names its kernel" grep -q 'of Linux 6.99-test\.$' "$tmp/layout.h"
for line in 'struct device dev;' 'const dax_own_t *const limit;' 'u64 whole;' \
	'int (*probe)(struct dev_dax *);' 'void (*remove[2])(struct dev_dax *);' \
	'struct dax_region *parent;' 'DAX_MODE_TWO = 7,' \
	'#define DAXPLUG_HAVE_DEV_DAX_CACHED_SIZE 1' '#include <linux/range.h>' \
	'int __dax_driver_register(struct dax_device_driver *dax_drv);'; do
	holds "it has: $line" grep -qF "$line" "$tmp/layout.h"
done
holds "needed members are not optional ones" \
	sh -c "! grep -q HAVE_DEV_DAX_TARGET_NODE '$tmp/layout.h'"
holds "public types are not written out" sh -c "! grep -q '^struct device {' '$tmp/layout.h'"

# headers DIR LONGS: write headers of the invented kernel, with LONGS longs in struct device
headers() {
	mkdir -p "$1/linux"
	echo 'typedef long u64;' >"$1/linux/types.h"
	echo "struct device { long x[$2]; }; struct device_driver { long x[2]; };" \
		>"$1/linux/device.h"
	echo 'struct range { long x[2]; };' >"$1/linux/range.h"
	echo '#define static_assert _Static_assert' >"$1/linux/build_bug.h"
	echo '#include <stddef.h>' >"$1/linux/stddef.h"
}
headers "$tmp/same" 3
headers "$tmp/other" 4
accepts "the compiler agrees with it" \
	"$cc" -std=gnu11 -Wall -Wextra -fsyntax-only -I"$tmp/same" -x c "$tmp/layout.h"
"$cc" -std=gnu11 -fsyntax-only -I"$tmp/other" -x c "$tmp/layout.h" 2>"$tmp/said"
holds "a header of another configuration stops the build" \
	grep -q 'struct dev_dax.cached_size is not where' "$tmp/said"
holds "and members before it are not named" sh -c "! grep -q 'dev_dax.target_node' '$tmp/said'"

file=$tmp/missing.btf
refuses "a missing member is named" \
	"^layout: $file: struct dev_dax has no member 'ranges': this kernel is not supported\$" \
	4 "$layout" "$file"
cp "$tmp/err" "$tmp/said"
for member in "dev_dax has no member 'nr_range'" "dax_device_driver has no member 'probe'" \
	"dax_device_driver has no member 'remove'"; do
	holds "another missing member is named: $member" grep -q "struct $member" "$tmp/said"
done
refuses "bitfields are named" "struct dev_dax member 'gone' is a bitfield" 2 \
	"$layout" "$tmp/bitfield.btf"
refuses "two layouts of one name are refused" "two different structures are named dev_dax" 1 \
	"$layout" "$tmp/twice.btf"
refuses "a kernel without the bus is refused" "no struct dev_dax " 5 "$layout" "$tmp/nodax.btf"
head -c 4000 /dev/zero | tr '\0' 'x' >"$tmp/garbage"
refuses "garbage is refused" "$tmp/garbage: libbpf .* cannot read it as BTF" 1 \
	"$layout" "$tmp/garbage"
head -c 200 "$tmp/good.btf" >"$tmp/cut.btf"
refuses "BTF cut short is refused" "cannot read it as BTF" 1 "$layout" "$tmp/cut.btf"
refuses "no file is refused" "No such file" 1 "$layout" "$tmp/none"
holds "a full disk is an error" sh -c "! '$layout' '$tmp/good.btf' >/dev/full"

# --- btf-extract -------------------------------------------------------------

extract=$top/kernel/compat/btf-extract
btf=$tmp/x.btf

# extracts NAME FILE: btf-extract finds the BTF of good.btf in FILE and writes nothing to stderr
extracts() {
	rm -f "$btf"
	if "$extract" "$2" "$btf" >"$tmp/out" 2>"$tmp/err" && [ ! -s "$tmp/err" ]; then
		cmp -s "$tmp/good.btf" "$btf"
		result "$1" $?
	else
		result "$1" 1
	fi
}

echo 'int x;' | "$cc" -c -x c -o "$tmp/plain.o" -
objcopy --add-section .BTF="$tmp/good.btf" --set-section-flags .BTF=alloc,readonly \
	"$tmp/plain.o" "$tmp/vmlinux"

# bytes FILE OFFSET OCTAL: write these bytes at the offset into the file
bytes() {
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# bzimage FILE: write an image with two setup sectors around $tmp/payload, in the format that
# Documentation/arch/x86/boot.rst of the kernel describes
bzimage() {
	size=$(wc -c <"$tmp/payload")
	head -c 1536 /dev/zero >"$1"
	bytes "$1" 497 '\002'
	bytes "$1" 514 'HdrS\017\002'
	bytes "$1" 584 '\020\000\000\000'
	bytes "$1" 588 "$(printf '\\%03o\\%03o\\%03o\\000' \
		$((size % 256)) $((size / 256 % 256)) $((size / 65536)))"
	{ head -c 16 /dev/zero; cat "$tmp/payload"; echo "something after it"; } >>"$1"
}

extracts "raw BTF" "$tmp/good.btf"
extracts "a vmlinux" "$tmp/vmlinux"
for packer in "gzip -n" "xz --check=crc32" "xz --format=lzma" "zstd -q" "lz4 -lq" "bzip2"; do
	tool=${packer%% *}
	if ! command -v "$tool" >/dev/null; then
		echo "skipped layout: a vmlinuz packed with $packer: $tool is not installed"
		skipped=$((skipped + 1))
		continue
	fi
	$packer -c <"$tmp/vmlinux" >"$tmp/payload"
	# The uncompressed size follows the payload. The gzip format already ends with it.
	[ "$tool" = gzip ] || printf '\001\002\000\000' >>"$tmp/payload"
	bzimage "$tmp/vmlinuz"
	extracts "a vmlinuz packed with $packer" "$tmp/vmlinuz"
done

gzip -nc <"$tmp/plain.o" >"$tmp/payload"
bzimage "$tmp/vmlinuz"
rm -f "$btf"
refuses "a vmlinuz without BTF" \
	"^$tmp/vmlinuz: no BTF (the kernel needs CONFIG_DEBUG_INFO_BTF=y)\$" 1 \
	"$extract" "$tmp/vmlinuz" "$btf"
refuses "a vmlinux without BTF" "^$tmp/plain.o: no BTF" 1 "$extract" "$tmp/plain.o" "$btf"
refuses "garbage is no kernel" "garbage: not a vmlinuz" 1 "$extract" "$tmp/garbage" "$btf"
: >"$tmp/empty"
refuses "nor is an empty file" "empty: not a vmlinuz" 1 "$extract" "$tmp/empty" "$btf"
refuses "nor is no file" "none: no such file" 1 "$extract" "$tmp/none" "$btf"
head -c 1700 "$tmp/vmlinuz" >"$tmp/short"
refuses "a vmlinuz cut short" "damaged" 1 "$extract" "$tmp/short" "$btf"
echo "not compressed at all" >"$tmp/payload"
bzimage "$tmp/strange"
refuses "a payload of an unknown kind" "compressed in an unknown way" 1 \
	"$extract" "$tmp/strange" "$btf"
holds "no file is left" sh -c "! ls -d '$btf'*"
mkdir "$tmp/bin"
for tool in od awk tr tail head wc mktemp rm mv cat dd grep sh id objcopy; do
	ln -s "$(command -v $tool)" "$tmp/bin/$tool"
done
gzip -nc <"$tmp/vmlinux" >"$tmp/payload"
bzimage "$tmp/vmlinuz"
refuses "a program that is not installed is named" "needs the program gzip" 1 \
	env PATH="$tmp/bin" "$extract" "$tmp/vmlinuz" "$btf"

# --- probe -------------------------------------------------------------------

probe=$top/kernel/compat/probe
mkdir -p "$tmp/kdir"
# list NAME: print the symbols of a list in probe. After a colon, the list says what the module lacks
# on a kernel without the symbol.
list() { sed -n "/^$1=\"\$/,/^\"\$/p" "$probe" | grep -v '"' | sed 's/:.*//'; }
needed=$(list needed)
optional=$(list optional)
for symbol in $needed $optional destroy_memory_type_noprof; do
	printf '0x00000000\t%s\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' "$symbol"
done >"$tmp/kdir/Module.symvers"
symvers() {
	printf '0x00000000\t%s\tvmlinux\tEXPORT_SYMBOL_GPL\t%s\n' "$1" "$2" \
		>>"$tmp/kdir/Module.symvers"
}
symvers __add_memory_driver_managed module:kmem
symvers put_memory_type module:kvm,other
for symbol in mt_calc_adistance mhp_get_default_online_type; do
	grep -v "	$symbol	" "$tmp/kdir/Module.symvers" >"$tmp/rest"
	cp "$tmp/rest" "$tmp/kdir/Module.symvers"
done
symvers mt_calc_adistance SOME_NAMESPACE
accepts "a kernel that exports what is needed" "$probe" "$tmp/kdir"
cp "$tmp/out" "$tmp/have.h"
for pair in "remove_memory 1" "bus_get_dev_root 1" "destroy_memory_type 1" \
	"__add_memory_driver_managed 1" "put_memory_type 0" "mt_calc_adistance 0" \
	"mhp_get_default_online_type 0"; do
	holds "it has: $pair" grep -q "^#define DAXPLUG_HAVE_SYM_$pair\$" "$tmp/have.h"
done
cp "$tmp/kdir/Module.symvers" "$tmp/all"
for symbol in $needed; do
	grep -v "	$symbol	" "$tmp/all" >"$tmp/kdir/Module.symvers"
	refuses "a kernel without $symbol" "does not export $symbol\$" 1 "$probe" "$tmp/kdir"
done
# without SYMBOL DIFFERENCES: on a kernel without the symbol, have.h has 0 for it, and that many
# lines of have.h differ from those in $tmp/out
without() {
	grep -v "	$1	" "$tmp/all" >"$tmp/kdir/Module.symvers"
	"$probe" "$tmp/kdir" >"$tmp/have.h" 2>"$tmp/err" && [ ! -s "$tmp/err" ] &&
		grep -q "^#define DAXPLUG_HAVE_SYM_$1 0\$" "$tmp/have.h" &&
		[ "$(diff "$tmp/out" "$tmp/have.h" | grep -c '^>.*HAVE_SYM')" -eq "$2" ]
}
cp "$tmp/all" "$tmp/kdir/Module.symvers"
"$probe" "$tmp/kdir" >"$tmp/out"
for symbol in $optional; do
	case $symbol in
	# $tmp/all does not export these two for this module, so nothing changes without them.
	mt_calc_adistance | mhp_get_default_online_type) differences=0 ;;
	*) differences=1 ;;
	esac
	without "$symbol" $differences
	result "a kernel without $symbol has a module without it" $?
done
for symbol in d_find_any_alias add_cpu; do
	holds "$symbol is not needed" sh -c "! echo '$needed' | grep -q -w $symbol"
done
for symbol in register_oom_notifier all_vm_events nr_swap_pages walk_iomem_res_desc mt_calc_adistance \
	memory_failure; do
	holds "$symbol is a convenience" sh -c "echo '$optional' | grep -q -w $symbol"
done
grep -v '	destroy_memory_type_noprof	' "$tmp/all" >"$tmp/kdir/Module.symvers"
refuses "a kernel without either of two" \
	"does not export put_memory_type or destroy_memory_type\$" 1 "$probe" "$tmp/kdir"
grep -v -e mory_block_size_bytes -e memory_group_unregister "$tmp/all" >"$tmp/kdir/Module.symvers"
refuses "missing symbols are named, all in one line" \
	"does not export memory_group_unregister, memory_block_size_bytes\$" 1 "$probe" "$tmp/kdir"
refuses "no Module.symvers" "no Module.symvers" 1 "$probe" "$tmp/none"

# --- make module -------------------------------------------------------------

mkdir -p "$tmp/tree" "$tmp/kdir/include/generated/uapi/linux"
ln -s "$top/kernel" "$tmp/tree/kernel"
echo 'include kernel/module.mk' >"$tmp/tree/Makefile"

# kernel_is RELEASE MAJOR MINOR: make headers of a kernel with this release and version
kernel_is() {
	echo "#define UTS_RELEASE \"$1\"" >"$tmp/kdir/include/generated/utsrelease.h"
	echo "#define LINUX_VERSION_CODE $(($2 * 65536 + $3 * 256))" \
		>"$tmp/kdir/include/generated/uapi/linux/version.h"
}

# unmade NAME PATTERN ARG...: "make module" fails and writes two lines to stderr, because make adds
# one to ours
unmade() {
	name=$1 pattern=$2
	shift 2
	refuses "$name" "$pattern" 2 env -u MAKEFLAGS -u MAKELEVEL -u KDIR -u BTF \
		make --no-print-directory -C "$tmp/tree" module "$@"
}

unmade "no headers: the package is named" \
	"^module: /lib/modules/6.99-x/build: .*install linux-headers-6.99-x" \
	KDIR=/lib/modules/6.99-x/build
unmade "a directory that is not headers" "not the headers of a configured kernel" KDIR="$tmp/tree"
kernel_is 6.0.12-x 6 0
unmade "a kernel that is too old" "^module: Linux 6.0.12-x is too old" KDIR="$tmp/kdir"
kernel_is 6.99-x 6 99
unmade "no image to read BTF from" "no kernel image of 6.99-x .*pass BTF=" KDIR="$tmp/kdir"
unmade "BTF= that does not exist" "^module: BTF=/none: no such file" KDIR="$tmp/kdir" BTF=/none

[ "$skipped" -eq 0 ] || echo "layout: $skipped skipped"
[ "$failed" -eq 0 ] || { echo "layout: $failed failed"; exit 1; }
