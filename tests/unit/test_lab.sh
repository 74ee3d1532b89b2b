#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests that lab/run refuses a guest that the machine cannot run. It does so before the guest boots,
# and prints one line that says why. Needs the files that lab/fetch puts into the cache.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. lab/cache.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
for part in qemu guest 6.12; do
	cached "$part" || { echo "skipped: $part is not in the lab's cache"; exit 77; }
done
echo true >"$tmp/script"

# refused STATUS TEXT OPTION...: lab/run with these options ends with STATUS and prints TEXT
refused() {
	local wanted=$1 text=$2 status=0 problem=''
	shift 2
	TMPDIR=$tmp timeout 60 lab/run --made "$@" "$tmp/script" >"$tmp/out" 2>&1 || status=$?
	[ $status -eq "$wanted" ] || problem="exit $status instead of $wanted"
	grep -q -- "$text" "$tmp/out" || problem="$problem, not said: $text"
	[ "$wanted" -eq 122 ] || [ "$(wc -l <"$tmp/out")" -eq 1 ] || problem="$problem, more than one line"
	if [ -z "$problem" ]; then
		echo "ok lab/run $*: $text"
	else
		echo "not ok lab/run $*: $problem"
		sed 's/^/    /' "$tmp/out"
		failed=1
	fi
}
refused 122 'not a block size' --block-size 1G
refused 122 'not a size in M, G or T' --dax 1P
refused 122 'needs --mem 1G or more' --block-size 2G --mem 512M
refused 122 'is for amd64' --arch arm64 --block-size 2G
# No machine that runs these tests has the 480 GiB that the page structures of 30 TiB take.
refused 125 'needs at least .* for page structures (1/64 of its .*are available' --dax 30T --mem 1T --block-size 2G
refused 125 'would end at .* which 46 bits of addresses do not reach' --dax 64T
ulimit -v $((200 << 20))
refused 125 'of addresses, and a process may have 200.0 GiB (ulimit -v)' --dax 300G
exit $failed
