# SPDX-License-Identifier: GPL-2.0-only
# What lab/debug-kernel changes in the kernel's source, and where: checks that
# would report, or bring about, what no bug is.

# In mm/kasan/shadow.c: one argument. KASAN keeps its books of a memory block on
# the block's own node. Where that node has no other memory than a device's outside
# ZONE_MOVABLE, they lie in the device: each block's in another, and what is
# freed stays in KASAN's quarantine. No unplug of such a device could succeed, for
# a reason that no kernel without KASAN has. Here they lie where memory is.
/^static int .*kasan_mem_notifier/,/^}/s/pfn_to_nid(mem_data->start_pfn)/NUMA_NO_NODE/

# In drivers/base/memory.c and core.c: the switches of a memory block. Who writes
# to one holds it and asks for mem_hotplug_lock; who removes the block holds that
# lock and waits for the switch. Both hold device_hotplug_lock besides, so that they
# never meet, but lockdep knows no lock that guards an order: it would report the
# kernel itself, with any driver, and after its first report it says no more.
s/^static DEVICE_ATTR_RW(\(state\|online\));/static DEVICE_ATTR_IGNORE_LOCKDEP(\1, 0644, \1_show, \1_store);/
