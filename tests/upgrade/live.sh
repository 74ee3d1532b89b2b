#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in a system that has booted with version OLD of the packages and has plugged memory. The script
# upgrades the packages and exchanges the module, downgrades both, upgrades again, and removes all.
# The packages must leave plugged memory plugged, and must print what the administrator has to know.
#
#   live.sh OLD NEW MODULE      MODULE is where dkms installs it
. /lab/common.sh
old=$1 new=$2 module=$3 prebuilt=

loaded() { cat /sys/module/kmem/version; }

# device_states: prints the reported and the actual state of every device
device_states() {
	for dir in /sys/bus/dax/devices/dax*; do
		use "${dir##*/}"
		echo "$DEV $(state) $(truly)"
	done
}

# install_version VERSION LOADED: installs the packages of VERSION without a module, as on a kernel
# without headers. LOADED must stay loaded. install_module FILE then installs a prebuilt module,
# because a build by dkms takes too long here.
install_version() {
	# When the old package is removed, dkms removes the module that it has built. It does not know the
	# prebuilt module, so remove that here.
	[ -z "$prebuilt" ] || { rm "$module" && depmod; }
	prebuilt=
	dpkg -i /lab/*_"$1"_*.deb >/tmp/log 2>&1
	is $? 0 "$1: dpkg -i"
	is "$(loaded)" "$2" "$1: the module that is loaded stays"
	is "$(modinfo -F version kmem)" "" "$1: DKMS has not built for this kernel"
}
install_module() {
	mkdir -p "${module%/*}"
	cp "/lab/$1" "$module"
	depmod
	prebuilt=$1
}
said() { grep -c "$1" /tmp/log; }

as_before() { [ "$(device_states)" = "$before" ]; }

# plug_by_hand: plugs the device $by_hand, which is offline or unplugged. Version 0.1.0 refuses to plug an offline
# device, so it is unplugged first.
plug_by_hand() {
	daxplug unplug --quiet "$by_hand"
	daxplug plug --quiet "$by_hand"
}

# exchange VERSION: replaces the loaded module by the installed one. Our module cannot be unloaded while
# memory is plugged.
exchange() {
	is "$(rmmod kmem 2>&1 | grep -c .)" 1 "with memory plugged the module cannot be unloaded"
	same "$before" "$(device_states)" "and every device is as it was before"
	daxplug unplug --quiet all && rmmod kmem && modprobe kmem
	is "$?, $(loaded)" "0, $1" "unplugged, rmmod, modprobe: $1 is loaded"
	up "and the system is well"
	plug_by_hand
	# udev's service for the card may not have begun yet.
	until_true "every device is in its former state again" as_before
	same "$before" "$(device_states)" "the card is plugged again by the policy, and what was plugged by hand can be again"
}

up "booted after a downgrade: the system is running, and no unit has failed"
is "$(loaded)" "$old" "the module is $old"
use "$(card 1)"
is "$(state), $(truly)" "online_movable, online_movable" "the card is plugged, as the policy says"
by_hand=$(spare 768)
plug_by_hand
before=$(device_states)
is "$(echo "$before" | grep -c 'online_movable online_movable')" 2 "another device is plugged by hand"
echo "$before" | sed 's/^/# /'

# The upgrade on a system without kernel headers.
: >/etc/dkms/no-autoinstall
install_version "$new" "$old"
is "$(said 'DKMS has installed no module for the running kernel')" 1 "the package reports that DKMS has installed no module"
is "$(systemctl is-failed daxplug-wait.service), $(journal -u daxplug-wait.service |
	grep -c "DKMS has installed no kmem module for $(uname -r)")" "failed, 1" "daxplug-wait.service reports it, too"
same "$before" "$(device_states)" "every device is as it was before"
install_module new.ko.xz
/var/lib/dpkg/info/daxplug-dkms.postinst configure "$new" >/tmp/log 2>&1
is "$?, $(said "kmem $old stays loaded until the next boot")" "0, 1" \
	"with the module the package says that $old stays loaded"
is "$(systemctl is-active daxplug-wait.service)" active "and daxplug-wait.service is active"
up "and so is the system"

# The new command with the old module.
use "$(spare 512)"
is "$(daxplug --version), $(loaded)" "daxplug $new, $old" "the command is the new one"
is "$(daxplug plug "$DEV"), $(daxplug unplug "$DEV"), $(truly)" \
	"$DEV: unplugged -> online_movable (512.0 MiB), $DEV: online_movable -> unplugged (512.0 MiB), unplugged" \
	"it plugs and unplugs with the old module"
is "$(daxplug apply --check 2>/dev/null)" "every device is as the policy wants it, as far as it can be: \
rules or serial numbers without a device: 1, wishes that cannot be met: 0" \
	"daxplug apply --check: the second card is not there"
is "$(daxplug doctor | grep -c 'is not the kmem that is loaded')" 1 "daxplug doctor says that the module is not the installed one"
same "$before" "$(device_states)" "every device is as it was before"
exchange "$new"
is "$(daxplug doctor | grep -c 'is not the kmem that is loaded')" 0 "daxplug doctor has no such finding"

install_version "$old" "$new"
same "$before" "$(device_states)" "the downgrade: every device is as it was before"
install_module old.ko.xz
exchange "$old"

# The second upgrade, and the removal.
install_version "$new" "$old"
install_module new.ko.xz
# daxplug-wait.service has failed because there was no module, as in the first upgrade.
/var/lib/dpkg/info/daxplug-dkms.postinst configure "$new" >/tmp/log 2>&1
exchange "$new"
dpkg -r daxplug-dkms daxplug libdaxplug-dev libdaxplug0 >/tmp/log 2>&1
is "$?, $(loaded)" "0, $new" "dpkg -r of all: the module stays loaded"
is "$(said 'nothing applies the policy in'), $(said 'kmem stays loaded until the next boot')" "1, 1" "the packages print the consequences"
same "$before" "$(device_states)" "every device is as it was before"
dpkg -P daxplug-dkms daxplug libdaxplug-dev libdaxplug0 >/tmp/log 2>&1
is "$?, $(ls /etc/daxplug/daxplug.conf.d)" "0, 10-lab.conf" "dpkg -P of all: the administrator's policy is kept"
same "$before" "$(device_states)" "every device is as it was before"
is "$(journal -k -p err -g 'kmem|dax')" "" "no error of the kernel's about them"
finish
