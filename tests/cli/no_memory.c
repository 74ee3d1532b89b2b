// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets memory run out at a chosen moment. It is preloaded. It counts the calls of malloc(),
 * calloc() and realloc() in the process and its threads, also those of the C library for strdup(),
 * getline(), opendir() and others.
 *
 *	NO_MEMORY_AT	the number of the call that fails with ENOMEM; 1 is the first one
 *	NO_MEMORY_COUNT	a file; the number of calls is written to it at the end
 *
 * Programs that the process starts are not affected.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned long calls, fails_at;
static const char *count_file;

__attribute__((constructor))
static void begin(void)
{
	const char *at = getenv("NO_MEMORY_AT");

	count_file = getenv("NO_MEMORY_COUNT");
	/*
	 * Until here fails_at is 0, so no call fails. The variables are removed, so that programs
	 * that the process starts are not affected. Only calls after this function are counted.
	 */
	fails_at = at ? strtoul(at, NULL, 10) : 0;
	unsetenv("NO_MEMORY_AT");
	unsetenv("NO_MEMORY_COUNT");
	__atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
}

__attribute__((destructor))
static void end(void)
{
	unsigned long n = __atomic_load_n(&calls, __ATOMIC_RELAXED);
	FILE *file = count_file ? fopen(count_file, "we") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu\n", n);
	fclose(file);
}

static bool has_run_out(void)
{
	if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != fails_at)
		return false;
	errno = ENOMEM;
	return true;
}

/* NOLINTBEGIN: the C library's own declarations have reserved names for the parameters. */
void *malloc(size_t size)
{
	static void *(*next)(size_t size);

	if (!next)
		next = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	return has_run_out() ? NULL : next(size);
}

void *calloc(size_t count, size_t size)
{
	static void *(*next)(size_t count, size_t size);

	if (!next)
		next = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	return has_run_out() ? NULL : next(count, size);
}

void *realloc(void *old, size_t size)
{
	static void *(*next)(void *old, size_t size);

	if (!next)
		next = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	return has_run_out() ? NULL : next(old, size);
}
/* NOLINTEND */
