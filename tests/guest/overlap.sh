#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Two DAX devices have the same addresses, or some addresses in common, as dax_hmem and a late CXL
# region can create them. Only one of them may be bound at a time. The bind of the other one must be
# refused with EBUSY, and an unbind or a removal of one device must not change the other. A wrong
# module would bind both, and then two devices would plug and unplug the same blocks.
# lab[6.12, long 6.1 7.3; make check-long runs the other kernels]: --dax 1G --own-nodes --timeout 180 --cmdline "memhp_default_state=offline kmem.policy=hmem:unplugged"
. /lab/lib.sh
driver=/sys/bus/dax/drivers/kmem
bus=/sys/bus/dax/devices
first=$DEV
start=$(($(cat "$DIR/resource")))
size=$(cat "$DIR/size")
node=$(cat "$DIR/target_node")
insmod /lab/twin.ko || { fail "set-up: twin.ko"; finish; }

list_devices() { (cd $bus && echo dax*); }

# write_make START SIZE: let twin.ko make another device with these addresses. $twin is the name of
# the device, or '' if the kernel made none.
write_make() {
	local had d
	had=" $(list_devices) "
	twin=''
	put /sys/module/twin/parameters/make "$1 $2 $node" >/tmp/twin
	for d in $(list_devices); do
		case $had in
		*" $d "*) ;;
		*) twin=$d ;;
		esac
	done
}

# make_twin START SIZE: make the device $twin. If the kernel makes none, the test ends.
make_twin() {
	write_make "$@"
	[ -n "$twin" ] || { fail "set-up: no other device with the addresses: $(cat /tmp/twin)"; finish; }
	# 6.1 binds only a device whose name was written to new_id. Such a write also binds every
	# other device that has no driver and whose name was written before. So write the new
	# name while the first device is bound.
	put $driver/new_id "$twin" >/dev/null
}

is_bound() { [ -e "$driver/$1" ]; }

# bind DEV: bind the device to kmem and print the result. On 6.1 another driver may be bound to the
# device, and is unbound first.
bind() {
	if [ -e $bus/"$1"/driver ] && ! is_bound "$1"; then
		echo "$1" >$bus/"$1"/driver/unbind
	fi
	if is_bound "$1"; then
		echo ok
	else
		put $driver/bind "$1"
	fi
}
unbind() { put $driver/unbind "$1" >/dev/null; }
state_of() { cat $bus/"$1"/state; }

# check_refused DEV OTHER WHAT...: claim that DEV cannot be bound because of OTHER
check_refused() {
	local dev=$1 other=$2 n
	shift 2
	n=$((refusals += 1))
	mark "overlap-$n-"
	is "$(bind "$dev")" EBUSY "$*: EBUSY"
	is_bound "$dev" && fail "$*: $dev is bound" || pass "$*: it is not bound"
	dmesg | sed "1,/overlap-$n-/d" | grep -q "kmem $dev: not bound: its addresses are those of $other" &&
		pass "$*: the log names $other" ||
		{ fail "$*: the log does not name $other"; dmesg | sed "1,/overlap-$n-/d; s/^/# /"; }
}
refusals=0

# check_works DEV WHAT...: claim that DEV can be plugged and unplugged
check_works() {
	local dev=$1
	shift
	is "$(put $bus/"$dev"/state online_movable) $(state_of "$dev")" "ok online_movable" "$*: plugged"
	is "$(put $bus/"$dev"/state unplugged) $(state_of "$dev")" "ok unplugged" "$*: unplugged"
}

unplugged
empty=$(snap "$first")
mark overlap-begin

# Linux 6.1 and 6.12 make two DAX devices with the same addresses, and the rest of the test is about
# them. 7.2 and 7.3 make no second one (alloc_dax_region()). There, claim only that.
case $(uname -r) in
6.*) ;;
*)
	for part in "0 $size" "0 $((2 * BLOCK_SIZE))" "$((6 * BLOCK_SIZE)) $((2 * BLOCK_SIZE))"; do
		from=$((start + ${part% *}))
		write_make $from "${part#* }"
		range=$(printf '[mem %#x-%#x]' $from $((from + ${part#* } - 1)))
		is "$twin" '' "$range: the kernel makes no second device"
		dmesg | sed 1,/overlap-begin/d | grep -q -F "dax_region resource conflict for $range" &&
			pass "$range: the kernel's log has the conflict" || { fail "the kernel's log does not name $range"; dmesg | tail | sed 's/^/# /'; }
	done
	check_works "$first" "the only device"
	same "$empty" "$(snap "$first")" "all is as before"
	finish
	;;
esac
make_twin "$start" "$size"

# The second device has the same addresses as the first one.
same=$twin
check_refused "$same" "$first" "all of it, unplugged"
[ "${failed:-0}" -eq 0 ] || finish
same "$empty" "$(snap "$first")" "the first one is unchanged"
check_works "$first" "the first one"
plugged online_movable
full=$(snap "$first")
check_refused "$same" "$first" "all of it, plugged"
same "$full" "$(snap "$first")" "the first one is unchanged"
unplugged

# Unbind the first device, and bind the second one.
unbind "$first"
is "$(bind "$same")" ok "the first one is unbound: the second is bound"
check_refused "$first" "$same" "the first one, while the second one is bound"
check_works "$same" "the second one"
unbind "$same"
is "$(bind "$first")" ok "the second one is unbound: the first is bound"
check_works "$first" "the first one again"

# Memory that the unbind of the first device leaves online belongs to one of the devices, never to
# both.
plugged online_movable
full=$(snap "$first" | grep -v "^$first")
unbind "$first"
answer=$(bind "$same")
case $answer in
ok)
	check_refused "$first" "$same" "the first one, while the second one has the memory"
	is "$(state_of "$same")" online_movable "the second one has the memory online"
	unbind "$same"
	;;
EBUSY) pass "orphaned memory of the first one is not given to the second one" ;;
*) fail "bind over orphaned memory: $answer" ;;
esac
is "$(bind "$first")" ok "the first one is bound again"
same "$full" "$(snap "$first" | grep -v "^$first")" "the first one has its memory again"
unplugged
check_works "$first" "the first one, after it has its memory again"

# The other device has only some of the addresses, at the beginning, in the middle or at the end.
for part in 0 2 6; do
	make_twin $((start + part * BLOCK_SIZE)) $((2 * BLOCK_SIZE))
	check_refused "$twin" "$first" "blocks $part and $((part + 1))"
	check_works "$first" "beside blocks $part and $((part + 1))"
	unbind "$first"
	is "$(bind "$twin")" ok "blocks $part and $((part + 1)) first: bound"
	check_refused "$first" "$twin" "the device with all addresses, while the other one is bound"
	is "$(put $bus/"$twin"/state online_movable)" ok "blocks $part and $((part + 1)): plugged"
	check_refused "$first" "$twin" "the device with all addresses, while the other one is plugged"
	is "$(put $bus/"$twin"/state unplugged)" ok "blocks $part and $((part + 1)): unplugged"
	# The removal of the device unbinds it.
	put /sys/module/twin/parameters/make 0 >/dev/null
	is "$(bind "$first")" ok "the other one is removed: the device with all addresses is bound"
	check_works "$first" "the device with all addresses"
	[ $part = 6 ] || make_twin "$start" "$size"
done
same "$empty" "$(snap "$first")" "all is as before"
is "$(warnings_since overlap-begin | grep -v -e 'not bound: its addresses are' -e 'unbound, but its blocks remain' -e 'probe .*failed with error -16')" '' \
	"no other message of level warning or worse"
rmmod kmem
is $? 0 "the module is unloaded"
finish
