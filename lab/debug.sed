# SPDX-License-Identifier: GPL-2.0-only
# The changes that lab/debug-kernel makes in the kernel's source. Without them, the
# checks of this kernel would report correct code as an error, or make it fail.

# In mm/kasan/shadow.c, one argument. KASAN allocates the shadow memory of a memory
# block on the block's own node. If that node has no RAM except a device that is not
# in ZONE_MOVABLE, the shadow of each block is in another block of the device. Freed
# objects also stay there, in KASAN's quarantine. So no unplug of such a device could
# succeed. In a kernel without KASAN it succeeds. With this change the shadow can be
# on any node.
/^static int .*kasan_mem_notifier/,/^}/s/pfn_to_nid(mem_data->start_pfn)/NUMA_NO_NODE/

# In drivers/base/memory.c and core.c, the attributes "state" and "online" of a memory
# block. A task that writes to one holds the file's active reference and takes
# mem_hotplug_lock. A task that removes the block holds mem_hotplug_lock and waits
# for that reference. This cannot deadlock, because both tasks also hold
# device_hotplug_lock. But lockdep does not consider such an outer lock. It would
# report the kernel's own code, with any driver, and it is off after its first report.
# So lockdep ignores these two attributes.
s/^static DEVICE_ATTR_RW(\(state\|online\));/static DEVICE_ATTR_IGNORE_LOCKDEP(\1, 0644, \1_show, \1_store);/
