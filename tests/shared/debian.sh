# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the tests that work in a Debian root. The root is a Debian 13, or with DEBIAN=12 in the
# environment a Debian 12, each with its newest 6.12 kernel. Each test works in an overlay over a root
# made by lab/debian, in its own mount namespace, and removes the overlay at the end. If the program
# tests/NAME/run sources this file, the name of the test is check-NAME. The program may set another name. If a
# claim fails, the end of $tmp/log is printed.
#
# Offers: top test cannot   need_root -> debian kernel release stock ours
#         enter_root ROOT -> r tmp   in_root module checksum listing   is finish

export LC_ALL=C
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit
test=${0%/run}
test=check-${test##*/}
failed=0

# cannot WHY: ends the test as skipped
cannot() {
	echo "skipped $test: $*" >&2
	exit 77
}

# need_root: skips the test if it does not run as root. Also sets which Debian, which kernel and which
# module files are used, and fetches the missing files of the lab.
# shellcheck disable=SC2034 # for the scripts that source this file
need_root() {
	[ "$(id -u)" -eq 0 ] || cannot "needs root, for chroot and mount"
	debian=${DEBIAN:-13}
	case $debian in
	12 | 13) ;;
	*) cannot "DEBIAN is 12 or 13, not $debian" ;;
	esac
	kernel=6.12+deb$debian
	lab/fetch qemu guest "$kernel" || cannot "no QEMU, or no kernel $kernel"
	release=$(lab/fetch --print release "$kernel")
	stock=/lib/modules/$release/kernel/drivers/dax/kmem.ko.xz
	ours=/lib/modules/$release/updates/dkms/kmem.ko.xz
	[ "${1:-}" = inside ] || echo "# Debian $debian, $release"
}

# enter_root ROOT: mounts an overlay over ROOT at $r, with /proc. Both are unmounted at exit.
enter_root() {
	tmp=$(mktemp -d "${1%/*}/$test.XXXXXX")
	r=$tmp/root
	trap 'umount "$r/proc" "$r" 2>/dev/null; rm -rf --one-file-system "$tmp"' EXIT
	mkdir "$tmp/upper" "$tmp/work" "$r"
	mount -t overlay overlay "$r" \
		-o "lowerdir=$1,upperdir=$tmp/upper,workdir=$tmp/work" ||
		cannot "this kernel has no overlayfs"
	mount -t proc proc "$r/proc"
	: >"$tmp/log"
}

# in_root COMMAND...: runs the command in the Debian
in_root() { chroot "$r" "$@"; }

# module: prints the file of kmem that modprobe would load in the root.
module() { in_root modinfo -k "$release" -n kmem; }

# checksum FILE.xz: prints the type of checksum in the file.
checksum() { xz --robot --list "$1" | awk '$1 == "file" { print $7 }'; }

# listing DIR...: prints every file below DIR, relative to $r, with its checksum.
listing() { (cd "$r" && find "$@" -xdev -type f -exec md5sum {} + | sort); }

# is GOT WANTED WHAT: claims that GOT is WANTED
is() {
	if [ "$1" = "$2" ]; then
		echo "ok $3"
		return
	fi
	printf 'not ok %s\n    got:    %s\n    wanted: %s\n' "$3" "$1" "$2"
	tail -n 20 "$tmp/log" | sed 's/^/    /'
	failed=1
}

finish() { exit $failed; }
