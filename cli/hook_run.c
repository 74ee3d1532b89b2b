// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a hook. The hook has a process group of its own, so that the processes that it has started
 * are killed with it. Its output is read through a pipe. Its time is limited.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks.h"
#include "system.h"

/* Interval for checking stop_requested(), in ms. */
#define LOOK_MS 100

/* What a hook has printed so far. */
struct output {
	int fd;			/* -1 after the end of the output */
	char *first_line;
	size_t len;		/* size of @first_line in bytes */
	size_t used;
	bool has_line;
};

/* Copy the output to standard error, and keep its first line. */
static void read_output(struct output *out)
{
	char buf[512];
	ssize_t n = read(out->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(out->fd);
		out->fd = -1;
		return;
	}
	fwrite(buf, 1, (size_t)n, stderr);
	for (ssize_t i = 0; i < n && !out->has_line; i++) {
		if (buf[i] == '\n')
			out->has_line = out->used > 0;
		else if (out->used + 1 < out->len)
			out->first_line[out->used++] = isprint((unsigned char)buf[i]) ? buf[i]
										      : '?';
	}
	out->first_line[out->used] = '\0';
}

static int spawn_hook(const char *path, const char *phase, char *const env[], int fd, pid_t *pid)
{
	char *argv[] = { (char *)path, (char *)phase, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	err = posix_spawn(pid, path, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

/*
 * Has the hook ended? It stays a zombie, because end_process_group() needs its number. If it cannot
 * be waited for, it is gone.
 */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

/*
 * Wait until the hook has ended, until @until, or until a signal tells daxplug to stop. Without a
 * pidfd (@pidfd is -1), the end of the hook is noticed only every LOOK_MS. Return: has the hook
 * ended?
 */
static bool wait_for_end(pid_t pid, int pidfd, struct output *out, uint64_t until,
			 bool end_on_stop)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = out->fd, .events = POLLIN },
		};
		int n = poll(p, ARRAY_SIZE(p), LOOK_MS);

		if (n > 0 && p[1].revents)
			read_output(out);
		else if (pidfd < 0 ? has_ended(pid) : n > 0 && p[0].revents)
			return true;
		if (get_monotonic_ms() >= until || (end_on_stop && stop_requested()))
			return false;
	}
}

/*
 * Kill the complete process group, because a process that the hook has started must not continue
 * unnoticed. If the hook itself ends at SIGTERM, a process that ignores SIGTERM can still run. The
 * caller has not called waitpid() yet, so no other process group can have this number.
 */
static void end_process_group(pid_t pid, int pidfd, struct output *out)
{
	kill(-pid, SIGTERM);
	wait_for_end(pid, pidfd, out, get_monotonic_ms() + HOOK_GRACE_SECONDS * 1000ULL, false);
	kill(-pid, SIGKILL);
	wait_for_end(pid, pidfd, out, get_monotonic_ms() + HOOK_GRACE_SECONDS * 1000ULL, false);
}

enum hook_end hook_run(const char *path, const char *phase, char *const env[],
		       unsigned int seconds, bool end_on_stop, char *first_line, size_t len)
{
	struct output out = { .first_line = first_line, .len = len };
	enum hook_end end = HOOK_REFUSED;
	int pipefd[2], pidfd, err, status = 0;
	pid_t pid;

	*first_line = '\0';
	if (pipe2(pipefd, O_CLOEXEC)) {
		snprintf(first_line, len, "%s", strerror(errno));
		return HOOK_NOT_RUN;
	}
	out.fd = pipefd[0];
	err = spawn_hook(path, phase, env, pipefd[1], &pid);
	close(pipefd[1]);
	if (err) {
		close(out.fd);
		snprintf(first_line, len, "%s", strerror(-err));
		return HOOK_NOT_RUN;
	}
	/* This fails if the process has no free file descriptor. */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (!wait_for_end(pid, pidfd, &out, get_monotonic_ms() + seconds * 1000ULL, end_on_stop)) {
		end = end_on_stop && stop_requested() ? HOOK_STOPPED : HOOK_TIMED_OUT;
		end_process_group(pid, pidfd, &out);
	}
	/*
	 * SIGKILL does not end a process that waits in the kernel. end_process_group() has waited
	 * for a hook that was killed, so do not wait for it again.
	 */
	if (waitpid(pid, &status, end == HOOK_REFUSED ? 0 : WNOHANG) == pid &&
	    end == HOOK_REFUSED && WIFEXITED(status) && !WEXITSTATUS(status))
		end = HOOK_ACCEPTED;
	if (end == HOOK_REFUSED && !*first_line && WIFSIGNALED(status))
		snprintf(first_line, len, "it died of signal %d", WTERMSIG(status));
	if (out.fd >= 0)
		close(out.fd);
	if (pidfd >= 0)
		close(pidfd);
	return end;
}
