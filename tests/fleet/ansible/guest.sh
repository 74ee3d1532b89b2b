#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs the role several times in the Debian that tests/fleet/ansible/run has made and booted.
#
#   guest.sh module|plain
. /lab/common.sh
kind=$1
tar -C / -xf /lab/fleet.tar
export HOME=/root LC_ALL=C.UTF-8 ANSIBLE_ROLES_PATH=/fleet ANSIBLE_PIPELINING=1 ANSIBLE_NOCOLOR=1
up "$kind: booted: the system is running, and no unit has failed"

# play WANTED WHAT RULES [OPTION]...: runs the role and claims that the summary line of ansible-playbook
# has the counts WANTED. If it does not, the output is printed.
play() {
	wanted=$1 what=$2
	echo "{\"daxplug_packages_dir\": \"/fleet/debs\", \"daxplug_rules\": [$3]}" >/tmp/vars.json
	shift 3
	ansible-playbook -i localhost, -c local -e @/tmp/vars.json "$@" /fleet/play.yml >/tmp/log 2>&1
	got=$(sed -n 's/^localhost .*\(changed=[0-9]*\) .*\(failed=[0-9]*\) .*/\1 \2/p' /tmp/log)
	is "$got" "$wanted" "$kind: $what"
	if [ "$got" != "$wanted" ]; then sed 's/^/# /' /tmp/log; fi
}
# log_has TEXT: claims that the output of the last run contains TEXT
log_has() {
	if grep -qF -- "$1" /tmp/log; then
		pass "$kind: the output has: $1"
	else
		fail "$kind: the output has: $1"
		sed 's/^/# /' /tmp/log
	fi
}
# check_state DEVICE STATE WHAT: claims that the memory blocks of the device have this state
check_state() {
	use "$1"
	is "$(truly)" "$2" "$kind: $3"
}

card_rule='{"name": "card", "serial": 1, "state": "online_movable", "guard": "always"}'
rest_rule='{"name": "rest", "origin": "hmem", "state": "unplugged"}'
wide_rule='{"name": "wide", "origin": "hmem", "size": "512M", "state": "online_movable"}'
first=$(card 1 2>/dev/null) || first=
if [ "$kind" = plain ]; then
	play "changed=2 failed=0" "check mode, without daxplug" "$card_rule, $rest_rule" --check --diff
	log_has "daxplug is not installed, so nothing can be said of its devices yet"
	is "$(command -v daxplug || echo none), $(ls /etc/daxplug 2>/dev/null)" "none, " "$kind: check mode has installed nothing"
	play "changed=4 failed=0" "the first run" "$card_rule, $rest_rule" --diff
	log_has "daxplug's kmem is not there, as there are no headers of $(uname -r) to build it with"
	log_has "only daxplug's kmem module has a guard [card, /etc/daxplug/daxplug.conf:3]"
	first=$(card 1)
else
	module_message="daxplug's kmem $(cat /sys/module/kmem/version) is loaded"
	play "changed=0 failed=0" "the first run after the boot" "$card_rule, $rest_rule"
	log_has "$module_message"
fi
check_state "$first" online_movable "the card is plugged"
play "changed=0 failed=0" "the second run" "$card_rule, $rest_rule"
log_has "$first: unchanged"

spare=$(spare 512)
play "changed=2 failed=0" "another policy, in check mode" "$card_rule, $wide_rule, $rest_rule" --check --diff
log_has "$spare: would be changed, state "
check_state "$spare" unplugged "check mode has changed nothing"
is "$(grep -c wide /etc/daxplug/daxplug.conf)" 0 "$kind: check mode has written no policy"
play "changed=2 failed=0" "another policy" "$card_rule, $wide_rule, $rest_rule" --diff
log_has "$spare: changed, state "
check_state "$spare" online_movable "the spare device is plugged"
play "changed=0 failed=0" "and again" "$card_rule, $wide_rule, $rest_rule"

mkdir -p /etc/daxplug/hooks.d
# shellcheck disable=SC2016 # the hook expands it
printf '%s\n' '#!/bin/sh' '[ "$1" != check ] || { echo "the database needs it"; exit 1; }' >/etc/daxplug/hooks.d/10-no
chmod 755 /etc/daxplug/hooks.d/10-no
play "changed=1 failed=1" "a device is refused" "$card_rule, $rest_rule"
log_has "$spare: refused, state online_movable -> unplugged: not unplugged: hook 10-no: the database needs it"
log_has "not as the policy wants it: $spare: not unplugged: hook 10-no: the database needs it"
check_state "$spare" online_movable "the device that was refused is as it was"
rm /etc/daxplug/hooks.d/10-no

# A run takes minutes in the emulated machine. So only the guest "plain" tests what does not depend on
# the driver.
if [ "$kind" = module ]; then
	play "changed=1 failed=0" "the device is not refused any more" "$card_rule, $rest_rule"
	check_state "$spare" unplugged "the spare device is unplugged"
	up "$kind: and the system is well"
	finish
fi
cp /etc/daxplug/daxplug.conf /tmp/policy
play "changed=0 failed=1" "a broken policy" '{"name": "card", "serial": 1, "state": "offline"}'
log_has "the policy is not written, because it has an error: daxplug: /etc/daxplug/daxplug.conf:"
is "$(cmp /tmp/policy /etc/daxplug/daxplug.conf && echo same)" same "$kind: a broken policy is not written"
check_state "$first" online_movable "and the card is still plugged"
play "changed=1 failed=0" "a boot parameter, without GRUB; and the device is not refused any more" "$card_rule, $rest_rule" -e daxplug_memhp_default_state=offline
log_has "has no update-grub, so memhp_default_state is not set"
check_state "$spare" unplugged "the spare device is unplugged"
up "$kind: and the system is well"
finish
