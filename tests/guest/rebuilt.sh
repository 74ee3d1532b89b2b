#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module is built for another build of the same kernel release (tests/guest/odd-module), and is
# then loaded. This kernel has no module versions, which would show the difference. The load must
# fail with ENOEXEC, and the log must name both builds. A wrong module would be loaded, although its
# private structures may not be those of this kernel.
# lab[7.3; the other kernels have module versions, which show the difference]: --module none --dax 1G --own-nodes --cmdline memhp_default_state=offline
. /lab/lib.sh
[ -e /lab/rebuilt.ko ] || { fail "the module does not build"; finish; }
mark rebuilt-begin
if insmod /lab/rebuilt.ko 2>/tmp/err; then fail "it is loaded"; else pass "it is not loaded"; fi
[ ! -e /sys/module/kmem ] && pass "/sys/module/kmem does not exist" || fail "/sys/module/kmem exists"
grep -q -i -e 'exec format' -e 'invalid module format' /tmp/err && pass "ENOEXEC: $(cat /tmp/err)" || fail "$(cat /tmp/err)"
this=$(uname -v)
other=$(echo "$this" | sed 's/^#1 /#2 /')
dmesg | sed '1,/rebuilt-begin/d' | grep -q -F "kmem: built for kernel build \"$other\", this one is \"$this\"" &&
	pass "the log has both builds" || { fail "the log does not have both builds"; dmesg | sed '1,/rebuilt-begin/d; s/^/# /'; }
load /lab/kmem.ko policy=hmem:unplugged
is $? 0 "the module for this build is loaded"
plugged online_movable
unplugged
finish
