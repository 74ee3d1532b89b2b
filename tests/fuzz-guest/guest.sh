#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the guest: loads the modules that disturb the module under test, and starts the fuzzer
# with MODE SEED SECONDS.
PATH=/lab:$PATH
for module in refuse pin claim; do insmod /lab/$module.ko || exit 125; done
# Not every kernel has these modules.
for module in hwpoison-inject memory-notifier-error-inject; do /usr/sbin/modprobe -q $module; done
echo offline >/sys/devices/system/memory/auto_online_blocks
# "bound 0" keeps the fuzzer's memory on node 0, in ordinary RAM. The second device has one range.
# So it has the same addresses after its parent was unbound and bound again ("+").
exec bound 0 /lab/fuzz "$1" "$2" "$3" /lab/corpus /lab/covered dax0.0 dax1.0+
