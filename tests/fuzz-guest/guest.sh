#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: loads what gets in the way, and starts the fuzzer with MODE SEED SECONDS.
PATH=/lab:$PATH
for module in refuse pin claim; do insmod /lab/$module.ko || exit 125; done
# Not every kernel has these.
for module in hwpoison-inject memory-notifier-error-inject; do /usr/sbin/modprobe -q $module; done
echo offline >/sys/devices/system/memory/auto_online_blocks
# What runs here is in ordinary RAM. The second device is of one range, so that it is as it
# was when it comes back.
exec bound 0 /lab/fuzz "$1" "$2" "$3" /lab/corpus /lab/covered dax0.0 dax1.0+
