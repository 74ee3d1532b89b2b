// SPDX-License-Identifier: GPL-2.0-only
/* Decides where page structures are. The user can choose for each device; see memmap.h. */
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/string.h>

#include "block_table.h"
#include "compat.h"
#include "memmap.h"
#include "memory.h"

static const char *const choice_names[] = {
	[MEMMAP_DEFAULT] = "default",
	[MEMMAP_NO] = "no",
	[MEMMAP_YES] = "yes",
};

static int parse_choice(const char *word)
{
	return sysfs_match_string(choice_names, word);
}

static enum memmap_choice initial = MEMMAP_DEFAULT;

static int initial_set(const char *val, const struct kernel_param *kp)
{
	int choice = parse_choice(val);

	if (choice < 0)
		return choice;
	WRITE_ONCE(initial, (enum memmap_choice)choice);
	return 0;
}

static int initial_get(char *buf, const struct kernel_param *kp)
{
	return scnprintf(buf, PAGE_SIZE, "%s\n", choice_names[READ_ONCE(initial)]);
}

static const struct kernel_param_ops initial_ops = {
	.set = initial_set,
	.get = initial_get,
};
module_param_cb(memmap_on_memory, &initial_ops, NULL, 0644);
MODULE_PARM_DESC(memmap_on_memory,
		 "do devices that are bound later hold their own page structures: "
		 "default (as the device's file of that name says), no or yes");

void memmap_setup(struct kmem_memory *mem, bool wanted)
{
	mem->memmap.wanted = wanted;
	mem->memmap.choice = READ_ONCE(initial);
}

enum memmap_choice memmap_get_choice(const struct kmem_memory *mem)
{
	return READ_ONCE(mem->memmap.choice);
}

const char *memmap_choice_name(enum memmap_choice choice)
{
	return choice_names[choice];
}

static bool has_blocks(struct kmem_memory *mem)
{
	unsigned int count[BLOCK_STATES];

	table_get_counts(mem, count);
	return count[BLOCK_ABSENT] < mem->engine.nr_blocks;
}

int memmap_set_choice(struct kmem_memory *mem, const char *word)
{
	int choice = parse_choice(word), err;

	if (choice < 0)
		return choice;
	err = mutex_lock_interruptible(&mem->lock);
	if (err)
		return err;
	if (READ_ONCE(mem->unbinding))
		err = -ENODEV;
	else if (mem->memmap.choice != (enum memmap_choice)choice && has_blocks(mem))
		err = -EBUSY;
	else
		WRITE_ONCE(mem->memmap.choice, (enum memmap_choice)choice);
	mutex_unlock(&mem->lock);
	return err;
}

static unsigned long block_structures(void)
{
	return PHYS_PFN(memory_block_size_bytes()) * sizeof(struct page);
}

/*
 * The kernel's conditions for a block that holds its own page structures. They are
 * those of mhp_supports_memmap_on_memory() in 6.1. Later kernels have the same, unless
 * memory_hotplug.memmap_on_memory is "force".
 */
static bool fits_conditions(void)
{
	return IS_ALIGNED(block_structures(), PMD_SIZE) &&
	       IS_ALIGNED(PHYS_PFN(block_structures()), pageblock_nr_pages);
}

static void log_reason(const struct kmem_memory *mem)
{
	if (!fits_conditions())
		pr_err("kmem: %s: not plugged: memmap_on_memory: the page structures "
		       "of a memory block, %lu bytes, are not a multiple of %lu bytes\n",
		       mem->name, block_structures(),
		       max(PMD_SIZE, pageblock_nr_pages * PAGE_SIZE));
	else
		memmap_log_refused(mem);
}

void memmap_log_refused(const struct kmem_memory *mem)
{
	pr_err("kmem: %s: not plugged: memmap_on_memory: the kernel refuses it; "
	       "boot with memory_hotplug.memmap_on_memory=1\n",
	       mem->name);
}

bool memmap_is_self_hosted(const struct kmem_memory *mem)
{
	return mem->memmap.self_hosted;
}

bool memmap_is_required(const struct kmem_memory *mem)
{
	return mem->memmap.choice == MEMMAP_YES;
}

int memmap_check(const struct kmem_memory *mem)
{
	bool works = compat_memmap_single_blocks() ? fits_conditions() :
						     compat_memmap_on_memory_works();

	if (!memmap_is_required(mem) || works)
		return 0;
	log_reason(mem);
	return -EOPNOTSUPP;
}

void memmap_begin(struct kmem_memory *mem)
{
	struct kmem_memmap *memmap = &mem->memmap;

	lockdep_assert_held(&mem->lock);
	if (has_blocks(mem))
		memmap->self_hosted = table_memmap_pages(mem) > 0;
	else if (memmap->choice == MEMMAP_DEFAULT)
		memmap->self_hosted = memmap->wanted && compat_memmap_on_memory_works();
	else
		memmap->self_hosted = memmap->choice == MEMMAP_YES;
}
