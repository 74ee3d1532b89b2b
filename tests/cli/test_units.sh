#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the udev rule and the systemd units, which apply the policy at boot and to a device that
# appears later. When daxplug itself binds a device, it writes a note. The rule skips a device that
# has a note.
#
# usage: test_units.sh [COMMAND]

set -u
. "$(dirname "$0")/fake.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)

### the note that the udev rule tests

fresh
answer ""
blocks dax0.0 2
mkdir -p "$DAXPLUG_SYSFS/kernel"
echo 1000 >"$DAXPLUG_SYSFS/kernel/uevent_seqnum"
run "a device that daxplug binds" 0 plug dax0.0
holds "$DAXPLUG_RUN/dax0.0.bound" 1000
rules=$top/packaging/udev/90-daxplug.rules
# on_unbind SEQNUM: runs the command that the rule has for an unbind. Before that, it replaces udev's
# variables in the command, as udev does
on_unbind() {
	sed -n 's/^ACTION=="unbind".*RUN+="\(.*\)"$/\1/p' "$rules" |
		sed "s,/run/daxplug,$DAXPLUG_RUN,g; s/\$kernel/dax0.0/g; s/\$env{SEQNUM}/$1/g; s/\\$\\$/\$/g" | sh
}
on_unbind 1000
name="an unbind before that bind leaves the note"
if [ -e "$DAXPLUG_RUN/dax0.0.bound" ]; then ok; else fail; fi
on_unbind 1002
name="an unbind after it, as on the way to devdax, removes it"
if [ -e "$DAXPLUG_RUN/dax0.0.bound" ]; then fail; else ok; fi
name="the rule does not test the lock file"
if [ -e "$DAXPLUG_RUN/dax0.0" ] && ! grep -q 'TEST.*/run/daxplug/[$]kernel"' "$rules"; then ok; else fail; fi

### the units

for unit in daxplug daxplug@ daxplug-metrics; do
	mkdir -p "$tmp/units"
	sed "s,@SBINDIR@,/bin," "$top/packaging/systemd/$unit.service.in" >"$tmp/units/$unit.service"
	name="$unit.service: exposure below 4"
	if ! command -v systemd-analyze >/dev/null; then
		echo "skipped $name: no systemd-analyze"
		continue
	fi
	systemd-analyze security --offline=true --threshold=39 "$tmp/units/$unit.service" >"$tmp/out" 2>"$tmp/err"
	code=$?
	if [ $code -eq 0 ]; then ok; else fail "exit $code, expected 0"; fi
done
# In a kdump kernel the memory may be part of the dump, so the units must not apply the policy.
for unit in daxplug daxplug@; do
	name="$unit.service: not in a kdump kernel"
	if grep -qxF 'ConditionPathExists=!/proc/vmcore' "$top/packaging/systemd/$unit.service.in"; then ok; else fail; fi
done
name="the sandbox permits writing the metrics, and the timer is disabled by default"
unit=$top/packaging/systemd/daxplug-metrics.service.in
written=$(sed -n 's/^ExecStart=.*--write=//p' "$unit")
if [ -n "$written" ] && grep -qxF "ReadWritePaths=${written%/*}" "$unit" && grep -qxF "ConditionPathIsDirectory=${written%/*}" "$unit" &&
	[[ $written == *.prom ]] && grep -q 'no-enable daxplug-metrics.timer' "$top/packaging/debian/rules"; then ok; else fail; fi
name="no document says reload, which systemd refuses for a unit that has failed"
if grep -rn 'systemctl reload' "$top/doc" "$top/README.md" "$top/packaging" >"$tmp/out"; then fail; else ok; fi

finish
