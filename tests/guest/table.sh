#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The device is brought into each state, and each word is written to `state` or `hotplug`: valid
# words, invalid words, and words with blanks or newlines. The result and the new state must be
# those of the table in doc/abi, and a write that is refused must change nothing. A wrong module
# would return another errno, or would accept a word that the table refuses. The guests have one
# kind of device each.
# lab: --dax 1G --own-nodes --cmdline memhp_default_state=offline
# lab: --dax 4G:8,6,4 --own-nodes --cmdline memhp_default_state=offline
# lab[6.12 7.3; 6.1 makes no dax devices of CXL regions]: --cxl 512M --cmdline memhp_default_state=offline
. /lab/lib.sh

types='online online_kernel online_movable'
newline='
'

# row WORD ERRNO STATE: write WORD, and check the result and the state after it
row() {
	name="'$1'"
	case $1 in *"$newline"*) name="'${1%%"$newline"*}|${1#*"$newline"}'" ;; esac
	# shellcheck disable=SC2046 # four words
	set -- "$2" "$3" $(snap "$DEV" "$STATE" "$1")
	is "$3" "$1" "$4: write $name: $1"
	is "$5" "$2" "$4: after $name: $2"
	if [ "$4" = "$2" ]; then
		is "$6" same "$4: after $name: nothing has changed"
		[ "$6" = same ] || differences
	fi
}

# refused_words: claim that words which are invalid in every state are refused and change nothing
refused_words() {
	now=$(state)
	for word in offline bogus online_ 'online movable' ' online' 'online
x' ONLINE unplug inconsistent '
'; do
		row "$word" EINVAL "$now"
	done
}

is "$(state)" offline "after a bind with the policy offline: offline"
refused_words
for type in $types; do
	row "$type" EBUSY offline
done
row unplugged ok unplugged
row unplugged ok unplugged
refused_words

for type in $types; do
	row "$type" ok "$type"
	row "$type
" ok "$type"
	refused_words
	for other in $types; do
		[ "$other" = "$type" ] || row "$other" EBUSY "$type"
	done
	case $type in
	online_movable) row unplugged ok unplugged ;;
	*) unplugged ;;
	esac
	is "$(state)" unplugged "$type: unplugged"
done

# Another program takes a block offline. Then test refused words, a repair and an unplug.
last=$(blocks | tail -n 1)
plugged online_movable
echo offline >"$MEMORY"/memory"$last"/state
is "$(state)" inconsistent "another program offlines a block: inconsistent"
refused_words
row online EBUSY inconsistent
row online_kernel EBUSY inconsistent
row online_movable ok online_movable
echo offline >"$MEMORY"/memory"$last"/state
row unplugged ok unplugged

# The file "hotplug" takes the words of the kernel patch series, for example "unplug".
is "$(put "$DIR/hotplug" online_movable)" ok "hotplug: online_movable"
is "$(cat "$DIR/hotplug")" online_movable "hotplug reads as state does"
is "$(put "$DIR/hotplug" unplugged)" EINVAL "hotplug: unplugged: EINVAL"
is "$(put "$DIR/hotplug" online)" EBUSY "hotplug: another type: EBUSY"
is "$(put "$DIR/hotplug" unplug)" ok "hotplug: unplug"
is "$(state)" unplugged "state is unplugged"
for word in online online_kernel; do
	is "$(put "$DIR/hotplug" $word)" ok "hotplug: $word"
	is "$(cat "$DIR/hotplug")" $word "hotplug reads $word"
	unplugged
done

# Check /proc/iomem, which shows the kernel's resource tree, after an unplug and after a plug.
is "$(grep -c kmem /proc/iomem)" 0 "the device has no line in /proc/iomem"
plugged online_movable
want=$(find "$DIR"/ -name 'mapping[0-9]*' | wc -l)
is "$(grep -c 'System RAM (kmem)' /proc/iomem)" "$want" \
	"/proc/iomem has 'System RAM (kmem)' for each range"
finish
