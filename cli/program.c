// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a program of the system, such as modinfo or systemctl, and reads its output.
 *
 * Root may run daxplug doctor in any directory and with any environment. So a program is found by
 * absolute paths only and runs without a shell, in the root directory and with a fixed
 * environment. A program that does not end in time is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "system.h"

/*
 * Time limit in ms. modinfo takes milliseconds; systemctl takes as long as systemd takes to
 * answer.
 */
#define LIMIT_MS 10000

/* Run in the child: execute the program, or exit with PROGRAM_MISSING if it does not exist. */
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

/* Wait until @fd is readable or, for a pidfd, the process has ended. Return: false after @end. */
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

/* Return: has the program closed its output or filled the buffer before @end? */
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

/* The program may have closed its output and still run. */
static bool has_ended_by(pid_t pid, int64_t end)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool ended = fd < 0 || wait_readable(fd, end);

	if (fd >= 0)
		close(fd);
	return ended;
}

/*
 * Return: 0 if the program exited with 0; PROGRAM_MISSING if it does not exist; PROGRAM_SLOW if
 * it was killed at the time limit; else another number.
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
