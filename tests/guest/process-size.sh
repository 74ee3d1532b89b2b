#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A small process and a process with 4 GiB of memory plug and unplug the device through the library.
# The large process may need at most 1.2 times as many instructions, which the guest's clock counts.
# If the library copied the caller's page tables, as fork() does, the cost would grow with the
# size of the process.
# lab[none, long 6.12; a write to 4 GiB takes long in a guest with the instruction clock]: --icount --dax 1G --mem 7G --own-nodes
# lab[none, long 6.12; this guest also takes long, and it tests the backend blocks]: --module stock --icount --dax 1G --mem 7G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh

# least NUMBER NUMBER: print the smaller one
least() { [ "$1" -le "$2" ] && echo "$1" || echo "$2"; }

# compare WHAT SMALL LARGE: claim that the cost LARGE is at most 1.2 times the cost SMALL
compare() {
	[ $(($3 * 10)) -le $(($2 * 12)) ] && pass "$1: at most 1.2 times" ||
		fail "$1: $3 instead of at most 1.2 times $2"
}

put "$STATE" unplugged >/dev/null 2>&1
# Measure the small process before and after the large one, and use the smaller result, because a
# guest that has just booted also does other work.
before=$(big_process "$DEV" 1 5) || { fail "a small process: $before"; finish; }
large=$(big_process "$DEV" 4096 5) || { fail "a process of 4 GiB: $large"; finish; }
after=$(big_process "$DEV" 1 5) || { fail "a small process: $after"; finish; }
echo "# thousands of instructions for plug and unplug: a small process $before, one of 4 GiB $large, a small one $after"
compare plug "$(least "${before% *}" "${after% *}")" "${large% *}"
compare unplug "$(least "${before#* }" "${after#* }")" "${large#* }"
finish
