# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # fake.sh has it
# A made-up machine that has a sample of every metric. test_metrics.sh and
# tests/fleet/prometheus/run source this file after fake.sh.

# policy LINE...: writes a policy file with these lines
policy() {
	mkdir -p "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d"
	printf '%s\n' "$@" >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/10.conf"
}

# The first device is plugged by the module and has poisoned memory. Its last change succeeded. The
# second is inconsistent and differs from the policy. Its last change could not be undone. The third
# is bound to another driver.
machine() {
	fresh
	device dax0.0 268435456 3 2 kmem online_movable
	printf '%s\n' 'total 2' 'absent 0' 'offline 0' 'kernel 0' 'movable 2' 'poisoned 1' >"$devices/dax0.0/plug/blocks"
	printf '%s\n' 'memory33 0x21001' 'memory33 0x21002' >"$devices/dax0.0/plug/poison"
	printf '%s\n' 'plugs 3' 'unplugs 2' 'refusals 1' 'undos 4' 'failed_undos 0' 'vetoes 12' 'pages_moved 65536' \
		'stalls 5' >"$devices/dax0.0/plug/stats"
	mkdir -p "$DAXPLUG_SYSFS/devices/system/node/node3"
	device dax1.0 268435456 3 2 kmem inconsistent
	printf '%s\n' 'total 2' 'absent 0' 'offline 1' 'kernel 0' 'movable 1' 'poisoned 0' >"$devices/dax1.0/plug/blocks"
	: >"$devices/dax1.0/plug/poison"
	printf '%s\n' 'plugs 1' 'unplugs 0' 'failed_undos 1' >"$devices/dax1.0/plug/stats"
	device dax2.0 134217728 - 1 device_dax
	policy '[all]' 'device = dax[01].0' 'state = online_movable'
	mkdir -p "$DAXPLUG_RUN"
	chmod 755 "$DAXPLUG_RUN"
	echo '1790000000123 2500 online_movable done' >"$DAXPLUG_RUN/dax0.0.last"
	echo '1790000100001 60007 unplugged inconsistent' >"$DAXPLUG_RUN/dax1.0.last"
}

# Replace the version by VERSION, so that the golden file fits every version.
steady() { sed 's/^\(daxplug_build_info{version="\)[^"]*/\1VERSION/'; }
