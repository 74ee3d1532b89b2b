// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks whether a transaction may begin, runs it in the device's thread, and logs, counts
 * and reports the result; see plug.h.
 */
#include <linux/module.h>
#include <linux/mutex.h>

#include "adopt.h"
#include "block_table.h"
#include "blockers.h"
#include "compat.h"
#include "guard.h"
#include "hold.h"
#include "limit.h"
#include "memmap.h"
#include "memory.h"
#include "migration.h"
#include "notifiers.h"
#include "params.h"
#include "pause.h"
#include "plug.h"
#include "poison.h"
#include "power.h"
#include "report.h"
#include "space.h"
#include "stats.h"
#include "steps.h"
#include "thread.h"

/* Check whether a range is present that this module has added or adopted. */
static bool has_own_blocks(const struct kmem_memory *mem)
{
	unsigned int i;

	for (i = 0; i < mem->engine.nr_ranges; i++)
		if (mem->engine.ranges[i].present)
			return true;
	return false;
}

/*
 * Find a block in the device's ranges that another driver has added. Return: nr_blocks
 * if none.
 */
static unsigned int find_foreign_block(struct kmem_memory *mem)
{
	const struct engine_range *r = mem->engine.ranges;
	unsigned int i, block;

	for (i = 0; i < mem->engine.nr_ranges; i++, r++)
		for (block = r->first; !r->present && block < r->first + r->count; block++)
			if (table_block_state(mem, block) != BLOCK_ABSENT)
				return block;
	return mem->engine.nr_blocks;
}

/*
 * Take a module reference, so that the module cannot be unloaded while it has blocks. Count
 * the device as well, so that the system does not hibernate (power.h).
 */
static bool get_module_ref(struct kmem_memory *mem)
{
	if (!mem->plug.has_module_ref && try_module_get(THIS_MODULE)) {
		mem->plug.has_module_ref = true;
		power_count_memory(1);
	}
	return mem->plug.has_module_ref;
}

static void put_module_ref_if_unused(struct kmem_memory *mem)
{
	if (mem->plug.has_module_ref && !has_own_blocks(mem)) {
		mem->plug.has_module_ref = false;
		power_count_memory(-1);
		module_put(THIS_MODULE);
	}
}

static void log_result(struct kmem_memory *mem, bool plug,
		       const struct engine_result *result)
{
	const char *what = plug ? "plug" : "unplug";

	if (result->end == END_UNDONE)
		pr_info("kmem: %s: %s undone: %s of memory%llu: %pe\n",
			mem->name, what, engine_step_name(result->step),
			steps_block_number(mem, result->block), ERR_PTR(result->err));
	else if (result->end == END_INCONSISTENT)
		pr_err("kmem: %s: %s failed: %s of memory%llu: %pe; not undone: memory%llu\n",
		       mem->name, what, engine_step_name(result->step),
		       steps_block_number(mem, result->block), ERR_PTR(result->err),
		       steps_block_number(mem, result->stuck));
}

/* A transaction as passed to the thread. The type TYPE_NONE means unplug. */
struct job {
	struct kmem_memory *mem;
	enum online_type type;
	bool interruptible;
	struct engine_result result;
};

static void run_plug(struct job *job)
{
	struct kmem_memory *mem = job->mem;
	enum online_type former = table_set_requested_type(mem, job->type);

	job->result = engine_plug(&mem->engine, job->type);
	if (job->result.end == END_UNDONE)
		table_set_requested_type(mem, former);
}

static void run_unplug(struct job *job)
{
	struct kmem_memory *mem = job->mem;
	unsigned long migrated = compat_pages_migrated();

	mem->engine.empty_first = hold_begin(mem);
	job->result = engine_unplug(&mem->engine);
	hold_end(mem);
	if (job->result.end == END_DONE)
		table_set_requested_type(mem, TYPE_NONE);
	stats_add_pages_moved(mem, compat_pages_migrated() - migrated);
}

/* Run a transaction. Context: the thread of the device. */
static void run_transaction(void *arg)
{
	struct job *job = arg;
	struct kmem_memory *mem = job->mem;
	bool unplug = job->type == TYPE_NONE;

	migration_begin(mem);
	pause_begin(mem);
	poison_begin(mem);
	guard_set_owner(mem, current);
	limit_begin(mem, unplug);
	/*
	 * plug_interrupt() may have run before limit_begin(), when it had nothing to
	 * interrupt.
	 */
	if (job->interruptible && READ_ONCE(mem->unbinding))
		limit_interrupt(mem, -ENODEV);
	if (unplug)
		run_unplug(job);
	else
		run_plug(job);
	limit_end(mem);
	guard_set_owner(mem, NULL);
}

/* Check whether the page structures of the ranges to be added fit into memory. */
static int check_space(struct kmem_memory *mem)
{
	u64 size = 0, needed, available;
	unsigned int i;

	for (i = 0; i < mem->engine.nr_ranges; i++)
		if (!mem->engine.ranges[i].present)
			size += mem->engine.ranges[i].size;
	if (!size || !READ_ONCE(check_space_before_plug))
		return 0;
	needed = steps_space_needed(mem, size);
	available = space_for_kernel();
	if (needed <= available)
		return 0;
	pr_err("kmem: %s: not plugged: page structures need %llu bytes, %llu bytes are available\n",
	       mem->name, needed, available);
	return -ENOMEM;
}

/* Refuse any change if a block in the device's ranges belongs to another driver. */
static int check_foreign(struct kmem_memory *mem, bool plug)
{
	unsigned int foreign = find_foreign_block(mem);

	if (foreign == mem->engine.nr_blocks)
		return 0;
	pr_err("kmem: %s: not %s: memory%llu belongs to another driver\n", mem->name,
	       plug ? "plugged" : "unplugged", steps_block_number(mem, foreign));
	return -EBUSY;
}

/*
 * Check whether a transaction may begin. If a foreign block prevents it, set @step to
 * STEP_RESERVE, else to STEP_NONE.
 */
static int check_transaction(struct kmem_memory *mem, bool plug,
			     enum engine_step *step)
{
	int err = check_foreign(mem, plug);

	/*
	 * The addresses of a foreign block cannot be reserved, so this counts as a failed
	 * reservation. plug_start() then returns the errno, and kmem_bind() does not bind the
	 * device.
	 */
	*step = err ? STEP_RESERVE : STEP_NONE;
	if (err || !plug)
		return err;
	err = power_check_plug(mem);
	/*
	 * If blocks exist, a plug adds only the missing ones. Their page structures are in the same
	 * place as those of the existing blocks (memmap_begin()), whatever the user's choice is. So
	 * check the choice only if no block exists.
	 */
	if (!err && table_device_state(mem) == STATE_UNPLUGGED)
		err = memmap_check(mem);
	return err ?: check_space(mem);
}

/* Run one transaction with all checks and reports. TYPE_NONE unplugs. */
static struct engine_result transact(struct kmem_memory *mem,
				     enum online_type type, bool interruptible)
{
	struct job job = { .mem = mem, .type = type, .interruptible = interruptible };
	bool plug = type != TYPE_NONE;
	int err;

	lockdep_assert_held(&mem->lock);
	job.result.end = END_UNDONE;
	memmap_begin(mem);
	/*
	 * Take the module reference before the first step. If the module is already
	 * being unloaded, a plug fails.
	 */
	err = plug && !get_module_ref(mem) ? -ENODEV :
				  check_transaction(mem, plug, &job.result.step);
	if (err) {
		job.result.err = err;
		put_module_ref_if_unused(mem);
		return job.result;
	}

	notifiers_reset(mem);
	blockers_begin(mem);
	thread_run(mem, run_transaction, &job, interruptible ? limit_interrupt : NULL);

	if (job.result.end == END_DONE)
		blockers_clear(mem);
	put_module_ref_if_unused(mem);
	stats_count_result(mem, plug, &job.result);
	report_state_change(mem);
	log_result(mem, plug, &job.result);
	return job.result;
}

static enum todo find_todo(struct kmem_memory *mem, enum word word)
{
	enum todo todo = state_todo(table_device_state(mem), table_requested_type(mem), word);

	/*
	 * A range may count as present although all its blocks are absent, for example if
	 * add_block_anew() has removed its only block and could not add the block again.
	 * The range then still has its reservation. Remove the range.
	 */
	if (word == WORD_UNPLUG && todo == TODO_NOTHING && has_own_blocks(mem))
		return TODO_UNPLUG;
	return todo;
}

int plug_request(struct kmem_memory *mem, enum word word)
{
	int err = mutex_lock_interruptible(&mem->lock);

	if (err)
		return err;
	if (READ_ONCE(mem->unbinding)) {
		mutex_unlock(&mem->lock);
		return -ENODEV;
	}

	switch (find_todo(mem, word)) {
	case TODO_NOTHING:
		break;
	case TODO_PLUG:
		err = transact(mem, type_from_word(word), true).err;
		break;
	case TODO_UNPLUG:
		err = transact(mem, TYPE_NONE, true).err;
		break;
	case TODO_REFUSE:
		/* Log a foreign block, if that is why the write is refused. */
		check_foreign(mem, word != WORD_UNPLUG);
		stats_count_refusal(mem);
		err = -EBUSY;
		break;
	}
	mutex_unlock(&mem->lock);
	return err;
}

void plug_interrupt(struct kmem_memory *mem)
{
	WRITE_ONCE(mem->unbinding, true);
	limit_interrupt(mem, -ENODEV);
}

int plug_start(struct kmem_memory *mem, enum online_type type)
{
	struct engine_result result = { .end = END_DONE };

	mutex_lock(&mem->lock);
	if (type != TYPE_NONE && power_is_kdump())
		pr_info("kmem: %s: left unplugged: this is a kdump kernel\n", mem->name);
	else if (type != TYPE_NONE)
		result = transact(mem, type, false);
	mutex_unlock(&mem->lock);

	if (result.end == END_UNDONE &&
	    (result.step == STEP_RESERVE || result.step == STEP_ADD))
		return result.err;
	return 0;
}

bool plug_adopt(struct kmem_memory *mem)
{
	bool adopted = false;
	unsigned int i;

	mutex_lock(&mem->lock);
	table_find_blocks(mem);
	if (table_device_state(mem) != STATE_UNPLUGGED && get_module_ref(mem)) {
		for (i = 0; i < mem->engine.nr_ranges; i++)
			if (!mem->engine.ranges[i].continues)
				adopted |= adopt_range(mem, i);
		put_module_ref_if_unused(mem);
		report_state_change(mem);
	}
	mutex_unlock(&mem->lock);
	return adopted;
}

bool plug_stop(struct kmem_memory *mem)
{
	bool gone;

	mutex_lock(&mem->lock);
	if (has_own_blocks(mem) && !table_count_online(mem))
		transact(mem, TYPE_NONE, false);
	gone = !has_own_blocks(mem);
	WRITE_ONCE(mem->dev, NULL);	/* guard.c reads it under another lock */
	mutex_unlock(&mem->lock);
	return gone;
}
