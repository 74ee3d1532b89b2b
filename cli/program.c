// SPDX-License-Identifier: GPL-2.0-only
/*
 * What another program of the system says: modinfo, systemctl.
 *
 * The doctor is run by root, wherever root happens to be. So a program is run by
 * absolute paths only, without a shell, from the root directory, and with an
 * environment of our own. One that does not end is ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "system.h"

/* modinfo takes milliseconds, and systemctl as long as systemd does to answer. */
#define LIMIT_MS 10000

/* In the child: becomes the program, or ends with PROGRAM_MISSING if there is none. */
static void exec_program(char *const arguments[])
{
	static const char * const dirs[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };
	static char * const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL
	};
	char path[PATH_MAX];
	size_t i;
	int null = open("/dev/null", O_RDWR);

	if (chdir("/") || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		execve(format_system_path(path, "%s/%s", dirs[i], arguments[0]), arguments,
		       environment);
	_exit(PROGRAM_MISSING);
}

/* Return: can it be read, or has the process ended, before @end? */
static bool wait_readable(int fd, int64_t end)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int n;

	do {
		int64_t left = end - (int64_t)get_monotonic_ms();

		n = left > 0 ? poll(&wait, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* Return: has it said all, or as much as fits, before @end? */
static bool read_output(int fd, int64_t end, char *buf, size_t len)
{
	size_t have = 0;
	ssize_t n = 1;

	while (n && have < len - 1 && wait_readable(fd, end)) {
		n = read(fd, buf + have, len - 1 - have);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno != EINTR)
			break;
	}
	buf[have] = '\0';
	return !n || have == len - 1;
}

/* It may have closed its output and go on. */
static bool has_ended_by(pid_t pid, int64_t end)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool ended = fd < 0 || wait_readable(fd, end);

	if (fd >= 0)
		close(fd);
	return ended;
}

/*
 * Return: 0 if it ended well; PROGRAM_MISSING if there is none; PROGRAM_SLOW if it was
 * ended because it did not; else another number.
 */
int run_program(char *const arguments[], char *buf, size_t len)
{
	int64_t end = (int64_t)get_monotonic_ms() + LIMIT_MS;
	int fd[2], status = 0;
	bool in_time;
	pid_t pid;

	buf[0] = '\0';
	if (pipe2(fd, O_CLOEXEC))
		return 1;
	pid = fork();
	if (!pid) {
		if (dup2(fd[1], STDOUT_FILENO) < 0)
			_exit(1);
		exec_program(arguments);
	}
	close(fd[1]);
	in_time = pid > 0 && read_output(fd[0], end, buf, len);
	close(fd[0]);
	if (pid < 0)
		return 1;
	in_time = in_time && has_ended_by(pid, end);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return 1;
	}
	if (!in_time)
		return PROGRAM_SLOW;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
