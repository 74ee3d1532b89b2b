#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the Ansible role of packaging/ansible on this machine with a made-up sysfs: check mode, a first
# run, a second run that changes nothing, a changed policy, a refused device, a policy with an error,
# and the boot parameter. This test installs no package; tests/fleet/ansible does.
#
# usage: role.sh [COMMAND]

set -u
cd "$(dirname "$0")/../.." || exit
command -v ansible-playbook >/dev/null ||
	{ echo "skipped: ansible-playbook is not installed (package ansible-core)"; exit 77; }
. tests/cli/fake.sh
role=packaging/ansible/daxplug

# Ansible needs a locale with UTF-8. HOME is set so that it writes nothing into the user's home.
export LC_ALL=C.UTF-8 HOME=$tmp/home ANSIBLE_ROLES_PATH=packaging/ansible ANSIBLE_NOCOLOR=1 \
	ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_RETRY_FILES_ENABLED=0 ANSIBLE_PIPELINING=1 PYTHONDONTWRITEBYTECODE=1
unset ANSIBLE_CONFIG
policy=$DAXPLUG_ROOT/etc/daxplug/daxplug.conf
grub=$DAXPLUG_ROOT/etc/default/grub.d/50-daxplug.cfg
mkdir -p "$tmp/bin" "$HOME"
printf '%s\n' '#!/bin/sh' "LD_PRELOAD=$tmp/fake.so exec $daxplug \"\$@\"" >"$tmp/bin/daxplug"
printf '%s\n' '#!/bin/sh' "echo run >>$tmp/grub.log" "[ ! -e $tmp/grub.fails ] || { echo 'no space left' >&2; exit 1; }" \
	>"$tmp/bin/update-grub"
chmod 755 "$tmp/bin"/*
printf '%s\n' "- hosts: all" "  gather_facts: false" "  roles: [daxplug]" >"$tmp/play.yml"

# play NAME CHANGED FAILED [OPTION]...: runs the role and claims that CHANGED of its tasks changed something
# and FAILED of them failed
play() {
	name=$1
	local want="changed=$2 failed=$3" got
	shift 3
	PATH=$tmp/bin:$PATH ansible-playbook -i localhost, -c local -e "@$tmp/vars.yml" "$@" "$tmp/play.yml" \
		>"$tmp/out" 2>"$tmp/err"
	got=$(sed -n 's/^localhost .*\(changed=[0-9]*\) .*\(failed=[0-9]*\) .*/\1 \2/p' "$tmp/out")
	if [ "$got" = "$want" ]; then ok; else fail "$got, expected $want"; fi
}
# variables LINE...: writes the variables of the play; each LINE adds one
variables() {
	printf '%s\n' "daxplug_manage_packages: false" "daxplug_policy_file: $policy" \
		"__daxplug_command: daxplug" "__daxplug_grub_file: $grub" "$@" >"$tmp/vars.yml"
}
# rule LINE...: writes a policy with the rule "card", which matches no device, and with the rules in LINE
rule() { variables "daxplug_rules:" "  - {name: card, serial: [0x12, '0x13'], state: online_movable}" "$@"; }
is() {
	name=$3
	if [ "$1" = "$2" ]; then ok; else fail "$1, expected $2"; fi
}
# start: makes a new machine with three devices, without a policy
start() {
	fresh
	rm -rf "$DAXPLUG_ROOT"
	device dax0.0 4294967296 1 1 kmem unplugged
	device dax1.0 1073741824 2 1 kmem unplugged
	device dax2.0 1073741824 2 1 kmem online_kernel
	mkdir -p "$DAXPLUG_ROOT/etc/daxplug" "$DAXPLUG_ROOT/etc/default/grub.d" "$DAXPLUG_ROOT/proc" \
		"$DAXPLUG_SYSFS/module/kmem"
	echo 9.9 >"$DAXPLUG_SYSFS/module/kmem/version"
	echo quiet >"$DAXPLUG_ROOT/proc/cmdline"
}

start
rule "  - {name: first, device: dax0.0, state: online_movable}" "  - {name: second, device: dax1.0, state: unplugged}"
play "check mode" 2 0 --check --diff
has out "dax0.0: would be changed, state unplugged -> online_movable"
has out "dax1.0: unchanged"
has out "dax2.0: no rule"
has out "rule card: matches no device [card, $policy:3]"
has out "+serial = 18, 0x13"
has out "-dax0.0 state unplugged"
has out "+dax0.0 state online_movable"
has out "module: daxplug's kmem 9.9 is loaded"
wrote dax0.0 unplugged
is "$(ls "$DAXPLUG_ROOT/etc/daxplug")" "" "check mode writes no policy"
play "the first run" 2 0 --diff
has out "dax0.0: changed, state unplugged -> online_movable"
wrote dax0.0 online_movable
is "$(stat -c '%a' "$policy")" 644 "the policy is for root to write"
play "the second run" 0 0
has out "dax0.0: unchanged"
play "the third, in check mode" 0 0 --check
wrote dax0.0 online_movable

# In check mode, too, the files in daxplug.conf.d count, and they are read before the role's file.
mkdir -p "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d"
printf '%s\n' "[mine]" "device = dax0.0" "state = unplugged" >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/10-mine.conf"
play "another file, in check mode" 1 0 --check
has out "dax0.0: would be changed, state online_movable -> unplugged"
rm -r "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d"

rule "  - {name: first, device: dax0.0, state: unplugged}" "  - {name: second, device: dax1.0, state: online_movable, guard: always}"
echo transition >"$devices/dax1.0/plug/guard"
play "another policy" 2 0
has out "dax0.0: changed, state online_movable -> unplugged"
has out "dax1.0: changed, guard transition -> always, state unplugged -> online_movable"
wrote dax0.0 unplugged
wrote dax1.0 online_movable
play "and again" 0 0

rule "  - {name: first, device: dax0.0, state: online_movable}" "  - {name: second, device: dax1.0, state: unplugged}"
FAKE_REFUSE=online_movable:16 play "a device is refused" 2 1
has out "dax0.0: refused, state unplugged -> online_movable: not plugged: "
has out "not as the policy wants it: dax0.0: not plugged: "
has out "dax1.0: changed, state online_movable -> unplugged"
wrote dax0.0 unplugged
wrote dax1.0 unplugged
FAKE_REFUSE=online_movable:16 play "a refused device is allowed" 0 0 -e daxplug_refused_ok=true
has out "dax0.0: refused"
play "the device is not refused any more" 1 0

cp "$policy" "$tmp/policy"
for mode in --diff --check; do
	rule "  - {name: first, device: dax0.0, state: offline}" "  - {name: second, device: dax1.0, state: online_movable}"
	play "a broken policy, $mode" 0 1 $mode
	has out "the policy is not written, because it has an error: daxplug: $policy:"
	is "$(cmp "$tmp/policy" "$policy" && echo same)" same "a broken policy is not written"
	wrote dax1.0 unplugged
done
variables "daxplug_policy_state: gone"
play "a variable with an invalid value" 0 1
has out "value of daxplug_policy_state must be one of: present, absent, got: gone"
variables "daxplug_rules: [{state: online}]"
play "a rule without a name" 0 1
rule "  - {name: first, device: dax0.0, memmap_on_memory: no, options: {timeout: 5min}}" "daxplug_defaults: {guard: always}"
play "yes, no and other keys" 1 0 -e daxplug_apply=false
is "$(sed 1d "$policy")" "
[default]
guard = always

[card]
serial = 18, 0x13
state = online_movable

[first]
device = dax0.0
memmap_on_memory = no
timeout = 5min" "the policy as it is written"
variables "daxplug_policy_state: absent"
play "without a policy, in check mode" 1 0 --check
play "without a policy" 1 0
is "$(ls "$DAXPLUG_ROOT/etc/daxplug")" "" "the file is gone"
variables
play "without rules nothing is touched" 0 0
wrote dax0.0 online_movable

# The boot parameter, and the reboot that it needs.
variables "daxplug_memhp_default_state: offline"
play "a boot parameter, in check mode" 1 0 --check
is "$(cat "$tmp/grub.log" 2>/dev/null)" "" "check mode does not run update-grub"
touch "$tmp/grub.fails"
play "update-grub fails" 2 1
has out "memhp_default_state is not set, for Write the configuration of GRUB failed: no space left"
is "$(ls "$DAXPLUG_ROOT/etc/default/grub.d")" "" "the drop-in is removed again"
rm "$tmp/grub.fails"
: >"$tmp/grub.log"
play "a boot parameter" 2 0
holds "$grub" "# Written by the Ansible role daxplug, which overwrites this file."
# shellcheck disable=SC2016 # GRUB expands the variable
is "$(tail -n 1 "$grub")" 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX memhp_default_state=offline"' "the drop-in"
is "$(cat "$tmp/grub.log")" run "update-grub ran"
play "again: a reboot is still required" 0 0
has out "a boot parameter or the module takes effect at the next boot"
play "with a reboot: Ansible does not reboot the machine that it runs on" 1 1 -e daxplug_reboot_ok=true
has out "Reboot for what daxplug has changed"
echo "quiet memhp_default_state=online memhp_default_state=offline" >"$DAXPLUG_ROOT/proc/cmdline"
play "after the reboot none is required" 0 0 -e daxplug_reboot_ok=true
has out "skipping: [localhost]"
variables "daxplug_memhp_default_state: absent"
play "no boot parameter" 2 0
is "$(ls "$DAXPLUG_ROOT/etc/default/grub.d")" "" "the drop-in is gone"

# Without the module, and without daxplug.
rm -r "$DAXPLUG_SYSFS/module/kmem"
rule "  - {name: first, device: dax0.0, state: unplugged}"
play "without the module" 2 0
has out "daxplug's kmem is not there, as there are no headers of $(uname -r) to build it with"
wrote dax0.0 unplugged
sed -i 's/^__daxplug_command:.*/__daxplug_command: daxplug-of-nobody/' "$tmp/vars.yml"
play "without the command" 0 0 --check
has out "daxplug is not installed, so nothing can be said of its devices yet"
rm -r "$DAXPLUG_ROOT/etc/daxplug"
play "nor its directory" 1 0 --check
has out "$policy would be written: # Written by the Ansible role"

# Every variable and every key is documented.
grep -o '^daxplug_[a-z_]*' $role/defaults/main.yml | sort >"$tmp/defaults"
is "$(grep -o '^      daxplug_[a-z_]*' $role/meta/argument_specs.yml | tr -d ' ' | sort | diff - "$tmp/defaults")" "" \
	"every variable is in the argument specification"
is "$(sed -n '/^## Variables/,/^## What/s/^| .\(daxplug_[a-z_]*\). |.*|.*|$/\1/p' $role/README.md | sort | diff - "$tmp/defaults")" "" \
	"every variable is in README.md"
sed -n '/^.SH WHICH DEVICES/,/^.SH RULES/p' doc/man/daxplug.conf.5 | grep -A 1 '^\.TP' | sed -n 's/^\.B //p' | sort >"$tmp/keys"
is "$(sed -n '/^__daxplug_keys:/,$s/^  - //p' $role/vars/main.yml | sort | diff - "$tmp/keys")" "" \
	"the role knows the keys of daxplug.conf(5)"
if command -v ansible-lint >/dev/null; then
	is "$(ansible-lint --offline -q --nocolor $role 2>&1)" "" "ansible-lint has no finding"
else
	echo "skipped ansible-lint: it is not installed"
fi
finish
