// SPDX-License-Identifier: GPL-2.0-only
/* Queries the other memory notifiers; see listeners.h. */
#include <linux/jiffies.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "block_table.h"
#include "listeners.h"
#include "memory.h"

void listeners_forget(struct kmem_memory *mem)
{
	lockdep_assert_held(&mem->lock);
	mem->answer = (struct kmem_answer){ .block = mem->engine.nr_blocks };
}

/*
 * Call the part of the chain between @first and @last, as the kernel calls the whole
 * chain. Return: 0, or the errno of a notifier that vetoed, with its function in *@who.
 */
static int call(struct notifier_block *first, struct notifier_block *last,
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
 * that vetoed and those behind it, because the kernel does the same.
 */
static int ask(struct notifier_block *first, struct notifier_block *last,
	       struct memory_notify *arg, notifier_fn_t *who)
{
	int err = call(first, last, MEM_GOING_OFFLINE, arg, who);
	notifier_fn_t ignored;

	call(first, last, MEM_CANCEL_OFFLINE, arg, &ignored);
	return err;
}

/*
 * How long one call of listeners_ask() may take, in jiffies. The hotplug lock is held
 * meanwhile, and some notifiers take long. On 6.1 and 6.12 the notifier of the slab
 * allocator flushes every cache of the machine.
 */
#define ASK_TIME	(HZ / 5)

void listeners_ask(struct kmem_memory *mem, struct notifier_block *first,
		   struct notifier_block *last, const struct memory_notify *like)
{
	unsigned long block_pages = PHYS_PFN(memory_block_size_bytes());
	/* Not 0 if each block holds its own page structures at its beginning. */
	unsigned long offset = like->start_pfn % block_pages;
	struct memory_notify arg = *like;
	struct kmem_answer *answer = &mem->answer;
	unsigned long end = jiffies + ASK_TIME;

	while (answer->next < mem->engine.nr_blocks) {
		unsigned int block = answer->next++;
		enum block_state state = table_block_state(mem, block);

		if (state != BLOCK_KERNEL && state != BLOCK_MOVABLE)
			continue;
		arg.start_pfn = PHYS_PFN(engine_block_start(&mem->engine, block)) +
				offset;
		answer->err = ask(first, last, &arg, &answer->who);
		if (answer->err) {
			answer->block = block;
			answer->next = mem->engine.nr_blocks;
			break;
		}
		if (time_after(jiffies, end) || signal_pending(current))
			break;
	}
}
