/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types and functions of Linux that the proved files of kernel/ use, and no others.
 * proof/cbmc/run makes a file for each <linux/NAME.h> that includes this file.
 *
 * The functions have the declarations of Linux, and do what the documentation of Linux says.
 * It is assumed, but not proved, that the functions of Linux do the same.
 */
#ifndef DAXPLUG_PROOF_KERNEL_H
#define DAXPLUG_PROOF_KERNEL_H

#include "proof.h"

#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#define NULL ((void *)0)
#endif

typedef unsigned char u8;
typedef unsigned long long u64;
typedef unsigned long size_t;
typedef long ssize_t;

#define EINVAL		22
#define ENOMEM		12
#define ENOSPC		28
#define ENODEV		19
#define EBUSY		16
#define EINTR		4
#define ERANGE		34
#define EOPNOTSUPP	95
#define PAGE_SIZE	4096UL
#define GFP_KERNEL	0

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))

/* A proof has only one task. It proves that the task unlocks each lock that it has locked. */
struct mutex { int locked; };
#define DEFINE_MUTEX(name)	struct mutex name

static inline void mutex_lock(struct mutex *lock)
{
	assert(!lock->locked);
	lock->locked = 1;
}

static inline int mutex_lock_interruptible(struct mutex *lock)
{
	if (nondet_bool())
		return -EINTR;
	mutex_lock(lock);
	return 0;
}

static inline void mutex_unlock(struct mutex *lock)
{
	assert(lock->locked);
	lock->locked = 0;
}

/* Types of members of the structures in kernel/. The proofs do not use their content. */
struct list_head { void *next; };
struct completion { int done; };
struct work_struct { int pending; };
struct delayed_work { int pending; };
struct notifier_block { int priority; };
struct resource;
struct task_struct;
struct kobject;
typedef struct { int locked; } spinlock_t;
typedef struct { int waiting; } wait_queue_head_t;
typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action, void *data);

struct bus_type { const char *name; };
struct device {
	struct device *parent;
	const struct bus_type *bus;
	const char *name;
	void *drvdata;
};

static inline const char *dev_name(const struct device *dev)
{
	return dev->name;
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->drvdata;
}

struct attribute { const char *name; };
struct attribute_group {
	const char *name;
	struct attribute **attrs;
};
struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr,
			 const char *buf, size_t count);
};
#define __ATTR(id, mode, get, set) \
	{ .attr = { .name = #id }, .show = get, .store = set }
#define DEVICE_ATTR_RW(id) \
	struct device_attribute dev_attr_##id = __ATTR(id, 0644, id##_show, id##_store)
#define DEVICE_ATTR_RO(id) \
	struct device_attribute dev_attr_##id = __ATTR(id, 0444, id##_show, NULL)

struct kernel_param { void *arg; };
struct kernel_param_ops {
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buf, const struct kernel_param *kp);
};
#define module_param_cb(id, ops, arg, mode)	extern int unused_param_##id
#define MODULE_PARM_DESC(id, text)		extern int unused_text_##id

/* kernel/memmap.c also has functions that use page structures. They need these declarations. */
struct page { unsigned long words[8]; };
#define PMD_SIZE		(2UL << 20)
#define pageblock_nr_pages	512UL
#define PHYS_PFN(addr)		((unsigned long)(addr) / PAGE_SIZE)
#define IS_ALIGNED(x, to)	((x) % (to) == 0)
#define max(a, b)		((a) > (b) ? (a) : (b))
#define lockdep_assert_held(lock) assert((lock)->locked)
unsigned long memory_block_size_bytes(void);
bool compat_memmap_single_blocks(void);
bool compat_memmap_on_memory_works(void);

/* The text is not proved, but the arguments are evaluated. */
int sysfs_emit(char *buf, const char *format, ...);

static inline int pr_err(const char *format, ...)
{
	return 0;
}

static inline size_t kernel_strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static inline int kernel_strncmp(const char *a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i] != b[i])
			return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
		if (!a[i])
			break;
	}
	return 0;
}

static inline int kernel_strcmp(const char *a, const char *b)
{
	return kernel_strncmp(a, b, (size_t)-1);
}

static inline int kernel_memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static inline size_t kernel_strcspn(const char *s, const char *reject)
{
	size_t n, i;

	for (n = 0; s[n]; n++)
		for (i = 0; reject[i]; i++)
			if (s[n] == reject[i])
				return n;
	return n;
}

/* The functions have other names than in C, so that CBMC does not use its own models of them. */
#define strlen kernel_strlen
#define strcmp kernel_strcmp
#define strncmp kernel_strncmp
#define memcmp kernel_memcmp
#define strcspn kernel_strcspn

static inline void *kernel_memset(void *to, int value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		((unsigned char *)to)[i] = (unsigned char)value;
	return to;
}

static inline void *kernel_memcpy(void *to, const void *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
	return to;
}

#define memset kernel_memset
#define memcpy kernel_memcpy

static inline ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
	return (ssize_t)i;
}

/* True if the strings are equal. A newline at the end of one of them is ignored. */
static inline bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return true;
	if (!*a && *b == '\n' && !b[1])
		return true;
	return *a == '\n' && !a[1] && !*b;
}

static inline int kernel_match(const char *const *words, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (sysfs_streq(words[i], word))
			return (int)i;
	return -EINVAL;
}

#define sysfs_match_string(words, word) kernel_match(words, ARRAY_SIZE(words), word)

/* Returns 0 and any number, or an errno and no number, whatever the text is. */
static inline int kstrtouint(const char *text, unsigned int base, unsigned int *result)
{
	assert(text && base == 10);
	if (nondet_bool())
		return nondet_bool() ? -EINVAL : -ERANGE;
	*result = nondet_uint();
	return 0;
}

void *kcalloc(size_t count, size_t size, int flags);
void kfree(void *memory);
int scnprintf(char *buf, size_t size, const char *format, ...);

#endif
