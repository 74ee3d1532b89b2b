#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A change by a process that has 4 GiB of its own in memory costs at most 1.2 times that
# of a small one: nothing of the caller is copied. The guest's clock counts instructions.
# lab[none, long 6.12; 4 GiB are written at the pace of the instruction clock]: --icount --dax 1G --mem 7G --own-nodes
# lab[none, long 6.12; the same block by block]: --module stock --icount --dax 1G --mem 7G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

# compare WHAT SMALL LARGE
compare() {
	[ $(($3 * 10)) -le $(($2 * 12)) ] && pass "$1: at most 1.2 times" ||
		fail "$1: $3 instead of at most 1.2 times $2"
}

put "$STATE" unplugged >/dev/null 2>&1
small=$(big_process "$DEV" 1 5) || { fail "a small process: $small"; finish; }
large=$(big_process "$DEV" 4096 5) || { fail "a process of 4 GiB: $large"; finish; }
echo "# thousands of instructions for plug and unplug: a small process $small, one of 4 GiB $large"
compare plug "${small% *}" "${large% *}"
compare unplug "${small#* }" "${large#* }"
finish
