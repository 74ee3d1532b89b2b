#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the program tests/kernels: which kernels it builds, boots and removes, what it counts as a
# failure, and its table. lab/fetch, lab/make and tests/run are stubs here. A part of the kernel's
# name, for example "-bad-", selects what a stub does.

set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tree=$tmp/tree
export XDG_CACHE_HOME=$tmp/cache
unset TESTS
cache=$tmp/cache/daxplug
failed=0

claim() {
	local what=$1
	shift
	if "$@"; then echo "ok $what"; else
		echo "not ok $what"
		sed 's/^/    /' "$tmp/out"
		failed=1
	fi
}
says() { grep -qE -- "$1" "$tmp/out"; }
ends() { [ "$(tail -n 1 "$tmp/out")" = "$1" ]; }
absent() { [ ! -e "$1" ]; }

mkdir -p "$tree"/{lab,tests} "$cache"
cp lab/cache.sh "$tree/lab"
cp tests/kernels tests/kernels.known "$tree/tests"

cat >"$tree/lab/fetch" <<'STUB'
#!/bin/bash
. "$(dirname "$0")/cache.sh"
case $1 in
--print)
	case $2 in
	kernels) cat "$XDG_CACHE_HOME/list" ;;
	kdir) echo "$(part_dir "$3")" ;;
	esac
	exit ;;
esac
for part; do
	case $part in *gone*) say "cannot fetch $part: no such package"; exit 3 ;; esac
	dir=$(part_dir "$part")
	mkdir -p "$dir/include/config"
	case $part in *-rt-* | *nodax*) ;; *) echo CONFIG_DEV_DAX_KMEM=m ;; esac >"$dir/include/config/auto.conf"
	echo "$part" >>"$XDG_CACHE_HOME/fetched"
done
STUB
cat >"$tree/lab/make" <<'STUB'
#!/bin/bash
release=${1#headers/}
echo "$1" >>"$XDG_CACHE_HOME/made"
case $release in *bad*) echo "kernel/plug.c:1:1: error: no such thing"; exit 2 ;; esac
mkdir -p "build/module/$release/generated"
echo module >"build/module/$release/kmem.ko"
if [[ $release == *hollow* ]]; then rm "build/module/$release/kmem.ko"; fi
kernel/compat/probe "$XDG_CACHE_HOME/kdir" >"build/module/$release/generated/have.h"
STUB
cat >"$tree/tests/run" <<'STUB'
#!/bin/bash
echo "$*" >>"$XDG_CACHE_HOME/ran"
rm -f build/check/*
n=1
case $2 in *fails*) n=0 ;; *empty*) echo "$2: 0 passed, 0 failed, 0 skipped, 0 guests"; exit 0 ;; esac
[[ $2 != *dies* ]] || { echo "tests/run: no such thing"; exit 2; }
echo "$2 table.3                 n/a: no CXL there"
echo "$2: 7 passed, $((1 - n)) failed, 2 skipped, 3 guests"
[ $n = 1 ]
STUB
chmod +x "$tree"/lab/{fetch,make} "$tree/tests/run"
# A kernel that exports every needed symbol, and every optional one except two.
mkdir -p "$tree/kernel/compat" "$tmp/cache/kdir"
cp kernel/compat/probe "$tree/kernel/compat"
sed -nE '/^(needed|either|optional)="$/,/^"$/p' kernel/compat/probe | sed 's/:.*//' |
	grep -oE '[a-z_]+' | grep -vxE 'memory_failure|bus_get_dev_root' |
	awk '{ print "0x0\t" $1 "\tvmlinux\tEXPORT_SYMBOL_GPL\t" }' >"$tmp/cache/kdir/Module.symvers"

# run LIST ARG...: run tests/kernels ARG..., with the kernels of LIST on the mirror
run() {
	# shellcheck disable=SC2086 # one word each
	printf '%s trixie\n' $1 >"$tmp/cache/list"
	rm -f "$tmp"/cache/{fetched,made,ran}
	status=0
	shift
	"$tree/tests/kernels" "$@" >"$tmp/out" 2>&1 || status=$?
}

run '6.12.1+deb13-amd64 6.12.2+deb13-amd64 6.12.2+deb13-rt-amd64 6.12.95+deb12-amd64 6.1.0-50-amd64 6.12.2+deb13-arm64-16k'
claim "all kernels build: status 0" [ $status -eq 0 ]
claim "and it counts them" ends "6 kernels built, 0 known exceptions, 0 failed; 28 passed, 0 failed, 8 skipped"
claim "the newest of each series boots, and no rt kernel" diff <(cat <<'RAN'
--kernels 6.12.2+deb13-amd64 table inconsistent
--kernels 6.12.95+deb12-amd64 table inconsistent
--kernels 6.1.0-50-amd64 table inconsistent
--kernels 6.12.2+deb13-arm64-16k table inconsistent
RAN
) "$tmp/cache/ran"
claim "what does not boot is fetched without its image" \
	diff <(printf 'headers/%s\n' 6.12.1+deb13-amd64 6.12.2+deb13-rt-amd64) <(grep headers/ "$tmp/cache/fetched")
claim "nothing stays in the cache" test -z "$(find "$cache/kernel" "$cache/headers" -mindepth 1)"
claim "the table is left in build/check" test -s "$tree/build/check/kernels.md"
# shellcheck disable=SC2016 # the table has these quotes
claim "it has what a kernel lacks" \
	says '^\| `6.12.1\+deb13-amd64` \| amd64 \| yes \| bus_get_dev_root memory_failure \| - \|$'
# shellcheck disable=SC2016
claim "and what the module does without it" says '^- `memory_failure`: bad pages are not retired'
claim "but not what it does in another way" sh -c "! grep -q '^- .bus_get_dev_root' '$tmp/out'"
claim "it says why an rt kernel is not booted" says 'PREEMPT_RT, no device DAX'
claim "it has the size of pages" says '16k. \| arm64, 16 KiB pages \|'

mkdir -p "$cache/kernel/7.1.1+deb13-amd64/include/config"
echo CONFIG_DEV_DAX_KMEM=m >"$cache/kernel/7.1.1+deb13-amd64/include/config/auto.conf"
run '7.1.1+deb13-amd64'
claim "a kernel of the cache stays there" test -d "$cache/kernel/7.1.1+deb13-amd64"
claim "and is not fetched" absent "$tmp/cache/fetched"
run '7.1.2+deb13-amd64' --keep
claim "--keep keeps what is fetched" test -d "$cache/kernel/7.1.2+deb13-amd64"
rm -rf "$cache/kernel"
run '7.1.1+deb13-amd64 7.2.1+deb13-amd64' --no-boot '7.2*'
claim "a pattern picks kernels, and --no-boot boots none" \
	ends "1 kernels built, 0 known exceptions, 0 failed; 0 passed, 0 failed, 0 skipped"

# fails NAME CLAIM PATTERN: with this kernel alone, tests/kernels ends with 1 and prints PATTERN
fails() {
	run "$1"
	claim "$2: status 1" [ $status -eq 1 ]
	claim "$2: says so" says "$3"
}
fails 7.1.1+deb13-bad-amd64 "a kernel that does not build" 'failed: kernel/plug.c:1:1: error: no such thing \(build/kernels/'
claim "and is not booted" absent "$tmp/cache/ran"
fails 7.1.1+deb13-hollow-amd64 "a build without a module" 'make succeeded, but there is no '
fails 7.1.1+deb13-gone-amd64 "a kernel that cannot be fetched" 'not fetched: lab/fetch: cannot fetch 7.1.1.*: no such package'
fails 7.1.1+deb13-nodax-amd64 "a kernel without kmem that is no rt kernel" 'no kmem \(CONFIG_DEV_DAX_KMEM\)'
fails 7.1.1+deb13-fails-amd64 "a test that fails" '7 passed, 1 failed'
fails 7.1.1+deb13-empty-amd64 "a boot without a claim" '0 passed, 1 failed'
fails 7.1.1+deb13-dies-amd64 "tests/run that does not end well" '0 passed, 1 failed'
run '7.1.1+deb13-gone-amd64 7.1.1+deb13-amd64'
claim "one that cannot be fetched does not keep the next one from it" \
	ends "1 kernels built, 0 known exceptions, 1 failed; 7 passed, 0 failed, 2 skipped"

cat >"$tree/tests/kernels.known" <<'KNOWN'
# a comment
7.1.*-bad-amd64 | no such thing | It has no such thing.
7.1.*-worse-bad-amd64 | another thing | It has no other thing.
7.9.* | nothing | It is gone.
KNOWN
run '7.1.1+deb13-bad-amd64'
claim "a known exception: status 0" [ $status -eq 0 ]
claim "a known exception is counted" ends "0 kernels built, 1 known exceptions, 0 failed; 0 passed, 0 failed, 0 skipped"
claim "and its reason is in the table" says 'known exception: It has no such thing\.'
claim "an entry for no kernel is named" says 'the mirror has no kernel 7\.9\.\* any more'
sed -i 's/no such thing |/not this |/' "$tree/tests/kernels.known"
fails 7.1.1+deb13-bad-amd64 "a known exception with another error" 'listed in tests/kernels.known, but with another error'
sed -i 's/-bad-/-good-/' "$tree/tests/kernels.known"
fails 7.1.1+deb13-good-amd64 "a known exception that builds" 'listed in tests/kernels.known, but it builds'
sed -i 's/^reserve=20/reserve=1000000/' "$tree/tests/kernels"
fails 7.1.1+deb13-amd64 "a full disk" 'not fetched: [0-9]+ GB are free on the disk of .*, and 1000000 GB have to stay free'
claim "and nothing is fetched" absent "$tmp/cache/fetched"
[ $failed -eq 0 ]
