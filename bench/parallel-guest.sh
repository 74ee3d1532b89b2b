#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Measure whether it is faster to empty memory blocks on several processors at once. A module
# can only do that with alloc_contig_range(). Prints one line for each number of threads:
# copied pages and nanoseconds. 0 threads is the ordinary unplug. See bench/parallel.
DEV=dax0.0
/lab/cost $DEV unplugged >/dev/null
insmod /lab/contig.ko
first=$(($(cat /sys/bus/dax/devices/$DEV/mapping0/start) / 0x$(cat /sys/devices/system/memory/block_size_bytes)))
blocks=$(($(cat /sys/bus/dax/devices/$DEV/size) / 0x$(cat /sys/devices/system/memory/block_size_bytes)))
copied() { awk '$1 == "pgmigrate_success" { print $2 }' /proc/vmstat; }

for threads in 0 1 2; do
	/lab/cost $DEV online_movable >/dev/null
	/lab/load any $(($(cat /sys/bus/dax/devices/$DEV/size) >> 21)) 1 1 >/tmp/load &
	pid=$!
	# lab/run ends a guest that does nothing for too long. A load that has ended must end it at once.
	until grep -q ready /tmp/load 2>/dev/null; do
		kill -0 $pid 2>/dev/null || { echo "the load ended: $(cat /tmp/load)"; exit 1; }
	done
	before=$(copied)
	if [ $threads -gt 0 ]; then
		echo "$first $blocks $threads" >/sys/module/contig/parameters/empty
		read -r had ns </sys/module/contig/parameters/empty
		echo "threads $threads: $(($(copied) - before)) copies, $ns ns, $had of $blocks blocks"
	fi
	# shellcheck disable=SC2046 # the output is split into four words
	set -- $(/lab/cost $DEV unplugged)
	[ $threads -gt 0 ] || echo "threads 0: $3 copies, $2 ns, unplugged: $1"
	kill $pid
	wait $pid
	rm /tmp/load
done
