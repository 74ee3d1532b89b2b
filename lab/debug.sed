# SPDX-License-Identifier: GPL-2.0-only
# What lab/debug-kernel changes in mm/kasan/shadow.c: one argument. KASAN keeps
# its books of a memory block on the block's own node. Where that node has no
# other memory than a device's outside ZONE_MOVABLE, they lie in the device:
# each block's in another, and what is freed stays in KASAN's quarantine. No
# unplug of such a device could succeed, for a reason that no kernel without
# KASAN has. Here they lie where memory is.
/^static int .*kasan_mem_notifier/,/^}/s/pfn_to_nid(mem_data->start_pfn)/NUMA_NO_NODE/
