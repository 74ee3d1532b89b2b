// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proof of the functions of kernel/attrs.c that are called when bytes are written to a
 * device's files, for all bytes and all lengths up to LENGTH. The files are state, hotplug,
 * plug/guard, the files with numbers, plug/policy, plug/poison and, with kernel/memmap.c,
 * plug/memmap_on_memory. A write that fails changes nothing. A write that succeeds does what
 * the bytes request, and returns the number of bytes.
 *
 * sysfs adds a NUL after the bytes, which is not part of the length.
 */
#include "kernel.h"

#include "attrs.c"
#include "memmap.c"
#include "state.c"

void *malloc(unsigned long size);

static struct kmem_memory memory;
static struct device dev = { .drvdata = &memory };
static int plug_err, policy_err;
static enum word requested;
static bool is_forgotten;

/* The functions that are called with the parsed value. Two of them may fail, with any errno. */

int plug_request(struct kmem_memory *mem, enum word word)
{
	assert(mem == &memory && requested == WORD_UNKNOWN);
	assert(word > WORD_UNKNOWN && word <= WORD_ONLINE_MOVABLE);
	requested = word;
	return plug_err;
}

const char *guard_mode_name(enum guard_mode mode)
{
	assert(mode >= GUARD_OFF && mode <= GUARD_ALWAYS);
	return mode == GUARD_OFF ? "off" : mode == GUARD_TRANSITION ? "transition" : "always";
}

void guard_set_mode(struct kmem_memory *mem, enum guard_mode mode)
{
	assert(mem == &memory && mode >= GUARD_OFF && mode <= GUARD_ALWAYS);
	mem->guard.mode = mode;
}

enum guard_mode guard_get_mode(const struct kmem_memory *mem)
{
	return mem->guard.mode;
}

unsigned int limit_get_timeout_ms(const struct kmem_memory *mem)
{
	return mem->limit.timeout_ms;
}

void limit_set_timeout_ms(struct kmem_memory *mem, unsigned int ms)
{
	mem->limit.timeout_ms = ms;
}

unsigned int limit_get_stall_ms(const struct kmem_memory *mem)
{
	return mem->limit.stall_ms;
}

void limit_set_stall_ms(struct kmem_memory *mem, unsigned int ms)
{
	mem->limit.stall_ms = ms;
}

int policy_set(struct device *of, const char *word, size_t len)
{
	return policy_err;
}

void poison_forget(struct kmem_memory *mem)
{
	is_forgotten = true;
}

void table_get_counts(struct kmem_memory *mem, unsigned int count[BLOCK_STATES])
{
	count[BLOCK_ABSENT] = nondet_uint();
	__CPROVER_assume(count[BLOCK_ABSENT] <= mem->engine.nr_blocks);
}

static bool is(const char *buf, size_t len, const char *word)
{
	size_t n = strlen(word);

	return (len == n || (len == n + 1 && buf[n] == '\n')) && !memcmp(buf, word, n);
}

/*
 * Some files read their text up to the first NUL. True if the bytes that were written contain
 * no NUL. Then the first NUL is the one that sysfs has added.
 */
static bool has_no_nul(const char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!buf[i])
			return false;
	return true;
}

int main(void)
{
	size_t len = nondet_ulong();
	unsigned int number = nondet_uint(), mode = nondet_uint(), choice = nondet_uint();
	ssize_t done;
	char *buf;

	__CPROVER_assume(len <= LENGTH && mode <= GUARD_ALWAYS && choice <= MEMMAP_YES);
	buf = malloc(len + 1);
	__CPROVER_assume(buf != NULL && buf[len] == 0);
	plug_err = nondet_int();
	policy_err = nondet_int();
	__CPROVER_assume(plug_err <= 0 && policy_err <= 0);
	memory.guard.mode = (enum guard_mode)mode;
	memory.memmap.choice = (enum memmap_choice)choice;
	memory.limit.timeout_ms = number;
	memory.engine.nr_blocks = nondet_uint();
	memory.unbinding = nondet_bool();

	done = dev_attr_state.store(&dev, &dev_attr_state, buf, len);
	assert((requested == WORD_UNPLUG) == is(buf, len, "unplugged"));
	assert((requested == WORD_ONLINE) == is(buf, len, "online"));
	assert(done == (requested == WORD_UNKNOWN ? -EINVAL : plug_err ?: (ssize_t)len));

	requested = WORD_UNKNOWN;
	done = dev_attr_hotplug.store(&dev, &dev_attr_hotplug, buf, len);
	assert((requested == WORD_UNPLUG) == is(buf, len, "unplug"));
	assert(done == (requested == WORD_UNKNOWN ? -EINVAL : plug_err ?: (ssize_t)len));

	done = dev_attr_guard.store(&dev, &dev_attr_guard, buf, len);
	assert(done == (ssize_t)len || done == -EINVAL);
	assert((done >= 0) == (is(buf, len, "off") || is(buf, len, "transition") ||
			       is(buf, len, "always")));
	assert(done >= 0 ? is(buf, len, guard_mode_name(memory.guard.mode)) :
			   memory.guard.mode == mode);

	done = dev_attr_timeout_ms.store(&dev, &dev_attr_timeout_ms, buf, len);
	assert(done == (ssize_t)len || (done < 0 && memory.limit.timeout_ms == number));

	memory.limit.stall_ms = number;
	done = dev_attr_stall_ms.store(&dev, &dev_attr_stall_ms, buf, len);
	assert(done == (ssize_t)len || (done < 0 && memory.limit.stall_ms == number));

	done = dev_attr_policy.store(&dev, &dev_attr_policy, buf, len);
	assert(done == (policy_err ?: (ssize_t)len));

	done = dev_attr_poison.store(&dev, &dev_attr_poison, buf, len);
	assert(is_forgotten == (done == (ssize_t)len) && (is_forgotten || done == -EINVAL));
	if (has_no_nul(buf, len))
		assert(is_forgotten == is(buf, len, "forget"));

	done = dev_attr_memmap_on_memory.store(&dev, &dev_attr_memmap_on_memory, buf, len);
	assert(!memory.lock.locked);
	if (done < 0)
		assert(memory.memmap.choice == choice);
	else if (has_no_nul(buf, len))
		assert(done == (ssize_t)len &&
		       is(buf, len, memmap_choice_name(memory.memmap.choice)));
	return 0;
}
