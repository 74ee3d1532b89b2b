// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writes a word to a file in such a way that the write can be ended at any time.
 *
 * A write to a `state` file can take minutes, and only a signal ends it. The library
 * may not install a signal handler, and without one a signal to a thread would end the
 * whole program. So a separate process does the write, and it is killed if the write
 * must end. The kernel undoes what the write has begun, and only then ends the process.
 *
 * The process is created as vfork(2) does it. It uses the program's memory and copies
 * none of it, so its cost does not depend on the size of the program. The thread that
 * creates it is suspended until the process has ended. So each change has a thread for
 * that purpose. The process uses this thread's errno. The process has its own stack, sends
 * no SIGCHLD, and is not collected by wait(2) in the program.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

/*
 * In bytes. The process needs little stack for write(2). A test can replace write(2) by a function
 * of its own, which runs on this stack, too.
 */
#define STACK_SIZE (256UL * 1024)
#define GUARD_SIZE (64UL * 1024)

/* An exit status that is no errno: the kernel accepted only a part of the word. */
#define PARTLY 255

struct dp_helper {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	char *stack;
	int over;		/* eventfd: the write is over */
	bool has_work;		/* protected by @mutex, like has_to_end */
	bool has_to_end;

	/* The data of one write. */
	int fd;
	const char *word;
	pid_t parent;
	_Atomic pid_t writer;	/* 0: there is no process to kill */
	atomic_bool stop;
	int status;		/* as from waitpid(2) */
};

/* The function of the process; it makes system calls only. Return: its exit status. */
static int write_word(void *arg)
{
	struct dp_helper *h = arg;
	size_t len = strlen(h->word);
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != h->parent)
		return EINTR;
	/*
	 * Set @writer before @stop is read. dp_helper_kill() sets @stop before it reads
	 * @writer. So either this process sees @stop, or dp_helper_kill() sees @writer.
	 */
	h->writer = getpid();
	if (h->stop)
		return EINTR;
	n = write(h->fd, h->word, len);
	if (n < 0)
		return errno && errno < PARTLY ? errno : EIO;
	return (size_t)n == len ? 0 : PARTLY;
}

/*
 * Collect the process under the mutex, so that dp_helper_kill() cannot kill another
 * process that gets the same number.
 */
static void collect(struct dp_helper *h, pid_t writer)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)writer, &info, WEXITED | WNOWAIT | __WALL) &&
	       errno == EINTR)
		;
	pthread_mutex_lock(&h->mutex);
	h->writer = 0;
	/* If something else collected the process, its status is unknown. */
	if (waitpid(writer, &h->status, __WALL) != writer)
		h->status = PARTLY << 8;
	pthread_mutex_unlock(&h->mutex);
}

static void do_work(struct dp_helper *h)
{
	const uint64_t one = 1;
	pid_t writer;

	writer = clone(write_word, h->stack + GUARD_SIZE + STACK_SIZE,
		       CLONE_VM | CLONE_VFORK, h);
	if (writer < 0) {
		h->status = (errno < PARTLY ? errno : EAGAIN) << 8;
	} else {
		/*
		 * A tool that emulates system calls may turn this into a fork(2). Then
		 * clone() returns at once, and the process has set only its own copy of
		 * @writer.
		 */
		h->writer = writer;
		collect(h, writer);
	}
	while (write(h->over, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *run_helper(void *arg)
{
	struct dp_helper *h = arg;

	pthread_mutex_lock(&h->mutex);
	for (;;) {
		while (!h->has_work && !h->has_to_end)
			pthread_cond_wait(&h->cond, &h->mutex);
		if (!h->has_work)
			break;
		h->has_work = false;
		pthread_mutex_unlock(&h->mutex);
		do_work(h);
		pthread_mutex_lock(&h->mutex);
	}
	pthread_mutex_unlock(&h->mutex);
	return NULL;
}

/*
 * Start the thread with all signals blocked, because the program's signals must reach neither the
 * thread nor its process.
 */
static int start_thread(struct dp_helper *h)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&h->thread, NULL, run_helper, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static int map_stack(struct dp_helper *h)
{
	void *stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return -errno;
	h->stack = stack;
	return mprotect(h->stack, GUARD_SIZE, PROT_NONE) ? -errno : 0;
}

static void free_helper(struct dp_helper *h)
{
	if (h->stack)
		munmap(h->stack, GUARD_SIZE + STACK_SIZE);
	if (h->over >= 0)
		close(h->over);
	free(h);
}

/* Return: 0, also if the helper runs already; or a negative errno. */
int dp_helper_start(struct daxplug_change *c)
{
	struct dp_helper *h;
	int err;

	if (c->helper)
		return 0;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->cond, NULL);
	h->parent = getpid();
	h->over = eventfd(0, EFD_CLOEXEC);
	err = h->over < 0 ? -errno : map_stack(h);
	if (!err)
		err = start_thread(h);
	if (err) {
		free_helper(h);
		return err;
	}
	c->helper = h;
	return 0;
}

/* No write may be in progress. */
void dp_helper_end(struct daxplug_change *c)
{
	struct dp_helper *h = c->helper;

	if (!h)
		return;
	pthread_mutex_lock(&h->mutex);
	h->has_to_end = true;
	pthread_cond_signal(&h->cond);
	pthread_mutex_unlock(&h->mutex);
	pthread_join(h->thread, NULL);
	free_helper(h);
	c->helper = NULL;
}

/*
 * Begin to write @word, which must stay valid until the write is over.
 * Return: a descriptor that becomes readable then; dp_helper_result() has the result.
 */
int dp_helper_write(struct dp_helper *h, int fd, const char *word)
{
	pthread_mutex_lock(&h->mutex);
	h->fd = fd;
	h->word = word;
	h->stop = false;
	h->has_work = true;
	pthread_cond_signal(&h->cond);
	pthread_mutex_unlock(&h->mutex);
	return h->over;
}

/* Kill the process that writes. The write is over only when the descriptor is readable. */
void dp_helper_kill(struct dp_helper *h)
{
	pid_t writer;

	h->stop = true;
	pthread_mutex_lock(&h->mutex);
	writer = h->writer;
	if (writer)
		kill(writer, SIGKILL);
	pthread_mutex_unlock(&h->mutex);
}

/* Return: 0; a negative errno; -EINTR if the process was killed. */
int dp_helper_result(struct dp_helper *h)
{
	uint64_t times;

	while (read(h->over, &times, sizeof(times)) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(h->status))
		return -EINTR;
	return WEXITSTATUS(h->status) == PARTLY ? -EIO : -WEXITSTATUS(h->status);
}
