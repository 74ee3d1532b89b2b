# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # debian.sh has and uses them
# Functions for the tests that use the Debian packages: tests/boot, deb-arm64, fleet, tour and upgrade. They
# source this file after debian.sh.
#
# Offers: need_debs -> version debs   packages_root NAME [DEB...]
#         install_debs WHAT DEB...   boot CMDLINE SCRIPT [ARG]...   boot_limit boot_files
#         version_in_force
#         add_kernel RELEASE   remove_kernel RELEASE

# need_debs: sets debs to the package files of this tree, and version to their version. Skips the test if a
# file is missing.
need_debs() {
	local name
	version=$(cat VERSION)
	debs=()
	for name in daxplug libdaxplug0 libdaxplug-dev daxplug-dkms; do
		debs+=("$(echo build/deb/"${name}_${version}"_*.deb)")
		[ -e "${debs[-1]}" ] || cannot "no ${debs[-1]}: make deb"
	done
}

# needs DEB...: prints the packages on which these depend, without daxplug's own.
needs() {
	local deb
	for deb; do dpkg-deb -f "$deb" Depends; done | tr , '\n' |
		sed 's/[(|].*//; s/ //g' | grep -v daxplug | sort -u
}

# packages_root NAME [DEB...]: makes the Debian with the dependencies of the packages, but without the
# packages, and prints its path. If other packages, DEB..., are installed too, use another NAME.
packages_root() {
	local packages name=$1
	mapfile -t packages < <(needs "${debs[@]}" "${@:2}")
	lab/debian "$name-$debian" "$kernel" systemd-sysv dbus udev linux-headers-RELEASE \
		"${packages[@]}" || cannot "no Debian to work in"
}

# install_debs WHAT DEB...: installs all of them with dpkg, without apt.
install_debs() {
	local what=$1 got=failed
	shift
	mkdir "$r/debs"
	cp "$@" "$r/debs"
	if in_root sh -c 'dpkg -i /debs/*.deb' >"$tmp/log" 2>&1; then got=installed; fi
	rm -r "$r/debs"
	is "$got" installed "$what"
}

# version_in_force: prints the module file that modprobe would load, and its version.
version_in_force() { echo "$(module), $(in_root modinfo -k "$release" -F version kmem)"; }

# boot CMDLINE SCRIPT [ARG]...: boots the root in its present state in the lab and runs SCRIPT. The files
# in the array boot_files are copied into the guest. The time limit is boot_limit seconds.
boot_files=()
boot_limit=1800
boot() {
	local file more=()
	for file in "${boot_files[@]}"; do more+=(--file "$file"); done
	umount "$r/proc"
	lab/run --root "$r" --timeout "$boot_limit" --mem 1G --own-nodes --dax 512M --dax 768M --cxl 512M --cxl-later 256M \
		--file tests/guest/lib.sh --file tests/boot/common.sh --file tests/boot/hostile.rules \
		--file build/lab/actual_state "${more[@]}" --cmdline "$1" "$2" "${@:3}" || failed=1
	mount -t proc proc "$r/proc"
}

# add_kernel RELEASE: installs a kernel 7.3 as its packages would, without its headers. lab/run boots the
# newest installed kernel. remove_kernel RELEASE: removes it.
add_kernel() {
	cp -r "$(lab/fetch --print modules 7.3)" "$r/lib/modules/$1"
	cp -L "$(lab/fetch --print vmlinuz 7.3)" "$r/boot/vmlinuz-$1"
	cp "$r/lib/modules/$1/config" "$r/boot/config-$1"
	in_root depmod "$1" && in_root update-initramfs -c -k "$1"
}
remove_kernel() {
	in_root update-initramfs -d -k "$1"
	rm -r "$r/lib/modules/$1" "$r/boot"/*"-$1"
}
