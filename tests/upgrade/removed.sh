#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in a system from which the command was removed, while the policy is still there. Our module is
# installed, or with the argument "stock" it is not. Nothing applies the policy any more, so no
# device may wait for it.
. /lab/common.sh

up "the system is running, and no unit has failed"
is "$(command -v daxplug || echo none), $(echo /etc/daxplug/daxplug.conf.d/*.conf)" \
	"none, /etc/daxplug/daxplug.conf.d/10-lab.conf" "there is a policy, but no command"
is "$([ -e /sys/module/kmem/version ] && echo ours || echo stock)" "${1:-ours}" "the driver is ${1:-ours}"
count=0
for dir in /sys/bus/dax/devices/dax*; do
	use "${dir##*/}"
	if in_use; then pass "$DEV does not wait: $(truly)"; else fail "$DEV waits for a policy that nothing applies: $(truly)"; fi
	count=$((count + 1))
done
is $count 3 "these were all"
finish
