// SPDX-License-Identifier: GPL-2.0-only
/* Queries all memory notifiers except this module's own; see notifiers.h. */
#include <linux/jiffies.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "block_table.h"
#include "memory.h"
#include "notifiers.h"

void notifiers_reset(struct kmem_memory *mem)
{
	lockdep_assert_held(&mem->lock);
	mem->notifiers = (struct kmem_notifiers){ .block = mem->engine.nr_blocks };
}

/*
 * Call the notifiers after @first and before @last, in the same way as the kernel calls the
 * whole chain. Return: 0, or the errno of a notifier that vetoed, with its function in *@who.
 */
static int call_chain(struct notifier_block *first, struct notifier_block *last,
		      unsigned long action, struct memory_notify *arg, notifier_fn_t *who)
{
	struct notifier_block *nb = first;
	int answer;

	while ((nb = rcu_dereference_raw(nb->next)) && nb != last) {
		answer = nb->notifier_call(nb, action, arg);
		if (answer & NOTIFY_STOP_MASK) {
			*who = nb->notifier_call;
			return notifier_to_errno(answer);
		}
	}
	return 0;
}

/*
 * Query the notifiers about one block. All of them get the cancellation, even the one
 * that vetoed and those after it, because the kernel does the same.
 */
static int query_block(struct notifier_block *first, struct notifier_block *last,
		       struct memory_notify *arg, notifier_fn_t *who)
{
	int err = call_chain(first, last, MEM_GOING_OFFLINE, arg, who);
	notifier_fn_t ignored;

	call_chain(first, last, MEM_CANCEL_OFFLINE, arg, &ignored);
	return err;
}

/*
 * How long one call of notifiers_query() may take, in jiffies. The hotplug lock is held
 * meanwhile, and some notifiers take long. On 6.1 and 6.12 the notifier of the slab
 * allocator flushes every cache of the machine.
 */
#define QUERY_TIME	(HZ / 5)

void notifiers_query(struct kmem_memory *mem, struct notifier_block *first,
		     struct notifier_block *last, const struct memory_notify *like)
{
	unsigned long block_pages = PHYS_PFN(memory_block_size_bytes());
	/* Not 0 if each block holds its own page structures at its beginning. */
	unsigned long offset = like->start_pfn % block_pages;
	struct memory_notify arg = *like;
	struct kmem_notifiers *result = &mem->notifiers;
	unsigned long end = jiffies + QUERY_TIME;

	while (result->next < mem->engine.nr_blocks) {
		unsigned int block = result->next++;
		enum block_state state = table_block_state(mem, block);

		if (state != BLOCK_KERNEL && state != BLOCK_MOVABLE)
			continue;
		arg.start_pfn = PHYS_PFN(engine_block_start(&mem->engine, block)) +
				offset;
		result->err = query_block(first, last, &arg, &result->who);
		if (result->err) {
			result->block = block;
			result->next = mem->engine.nr_blocks;
			break;
		}
		if (time_after(jiffies, end) || signal_pending(current))
			break;
	}
}

bool notifiers_has_more(const struct kmem_memory *mem)
{
	return mem->notifiers.next < mem->engine.nr_blocks;
}

int notifiers_find_veto(const struct kmem_memory *mem, unsigned int block,
			notifier_fn_t *who)
{
	const struct kmem_notifiers *result = &mem->notifiers;

	if (result->block != block)
		return 0;
	if (who)
		*who = result->who;
	return result->err;
}
