// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxplug health: one line and an exit status for a monitor, from the findings of the checks. It
 * is a plugin of Node Problem Detector, which shows at most 80 characters and reads 0 as OK, 1 as
 * a problem and all else as unknown. It is also a plugin of Nagios, for which 3 is unknown. It
 * changes nothing.
 *
 * A child process reads the devices, because a read in /sys waits while another program changes
 * the device. When the time limit is over, the problems that the child has found by then are
 * reported. If it has found none, the result is "unknown".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "cli.h"
#include "system.h"

#define DEFAULT_LIMIT_MS 5000
#define LINE_MAX_LEN 80		/* without the newline */
#define STATES_MAX 8

struct line {
	char text[LINE_MAX_LEN + 1];
	size_t len;
	unsigned int left_out;
};

/* Add "@about @what" if there is space for it and for the number of items left out. */
static void add_item(struct line *l, const char *about, const char *what)
{
	char item[256];
	int n = snprintf(item, sizeof(item), "%s%s%s%s", l->len ? ", " : "", about,
			 *about ? " " : "", what);
	size_t most = LINE_MAX_LEN - strlen("daxplug PROBLEM: , 99 more");

	/* The first item is always shown, and cut if it is too long. */
	if (!l->len && n > (int)most)
		n = (int)most;
	if (l->left_out || l->len + (size_t)n > most) {
		l->left_out++;
		return;
	}
	memcpy(l->text + l->len, item, (size_t)n);
	l->len += (size_t)n;
	l->text[l->len] = '\0';
}

/* The findings so far, and the lines made of them. */
struct health_check {
	struct findings f;
	struct line problems;
	struct line unknown;
	char states[STATES_MAX][32];
	unsigned int count[STATES_MAX];
	unsigned int devices;
	unsigned int nr_reported;	/* number of findings that are in the lines */
};

static void count_state(struct health_check *l, const char *word)
{
	size_t i = 0;

	l->devices++;
	while (i < STATES_MAX - 1 && *l->states[i] && strcmp(l->states[i], word) != 0)
		i++;
	snprintf(l->states[i], sizeof(l->states[i]), "%s", word);
	l->count[i]++;
}

/* Describe a problem in few words. Return NULL if the finding is not a problem. */
static const char *describe_problem(const struct finding *f)
{
	switch (f->id) {
	case FOUND_INCONSISTENT:
		return "inconsistent";
	case FOUND_ORPHANED:
		return "online without a driver";
	case FOUND_POISON:
		return "has poisoned memory";
	case FOUND_UNREADABLE:
		return "state is unreadable";
	case FOUND_POLICY_STATE:
		return f->text;
	case FOUND_POLICY:
		return f->level == LEVEL_PROBLEM ? "has an error" : NULL;
	case FOUND_UNIT:
		return is_unit_failure(f) ? "has failed" : NULL;
	default:
		return NULL;
	}
}

/* Several errors of the policy, or several poisoned pages of a device, are one item. */
static bool is_repeated(const struct health_check *l)
{
	const struct finding *at = &l->f.list[l->nr_reported];

	return l->nr_reported && at[-1].id == at->id && !strcmp(at[-1].about, at->about);
}

/* Is it an error about a file of the policy that only root may read? */
static bool is_for_root_only(const struct finding *f)
{
	return f->id == FOUND_POLICY && strstr(f->text, strerror(EACCES));
}

static void add_findings(struct health_check *l)
{
	for (; l->nr_reported < l->f.count; l->nr_reported++) {
		const struct finding *at = &l->f.list[l->nr_reported];
		const char *what = describe_problem(at);

		if (!what || is_repeated(l))
			continue;
		if (is_for_root_only(at))
			add_item(&l->unknown, at->about, "may be read by root only");
		else
			add_item(&l->problems, at->about, what);
	}
}

/*
 * /proc/PID/stat: "1234 (kmem/dax0.0) D 2 ...". The parent of every kernel thread is process 2,
 * so no other process can pretend to be one by its name.
 */
static bool is_busy_thread(const char *pid, const char *name)
{
	char path[PATH_MAX], line[512], *end;

	if (!read_first_line(format_system_path(path, "/proc/%s/stat", pid), line, sizeof(line)))
		return false;
	end = strrchr(line, ')');
	if (!end || strncmp(end, ") ", 2) != 0 || strncmp(end + 3, " 2 ", 3) != 0)
		return false;
	*end = '\0';
	return end[2] != 'I' && strchr(line, '(') && !strcmp(strchr(line, '(') + 1, name);
}

/* The module changes a device in a thread of its own, which is idle otherwise. */
static bool is_thread_busy(const struct daxplug_device *dev)
{
	char path[PATH_MAX], name[64];
	DIR *dir = opendir(format_system_path(path, "/proc"));
	const char *pid;
	bool busy = false;

	snprintf(name, sizeof(name), "kmem/%s", daxplug_device_get_name(dev));
	while ((pid = read_next_process(dir)))
		busy = busy || is_busy_thread(pid, name);
	return busy;
}

/*
 * Without the module a change holds the device's lock. This check takes a shared lock for a moment.
 * If a change cannot take its lock in that moment, it tries again, so this check makes no change
 * fail.
 */
static bool is_locked(const struct daxplug_device *dev)
{
	char path[PATH_MAX];
	bool locked;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.lock", get_run_directory(),
		 daxplug_device_get_name(dev));
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

static bool is_gone(const struct daxplug_device *dev)
{
	enum daxplug_state state;

	return daxplug_device_get_state(dev, &state) == -ENODEV;
}

static void check_device(struct health_check *l, const struct daxplug_device *dev)
{
	const char *name = daxplug_device_get_name(dev);
	size_t before = l->f.count;
	enum daxplug_state state;
	int err = daxplug_device_get_state(dev, &state);

	if (err == -EACCES || err == -EPERM) {
		add_item(&l->unknown, name, "may be read by root only");
		return;
	}
	/* If another device has the same addresses, only that device is checked. */
	if (check_overlap(&l->f, dev)) {
		int shortage = take_shortage();

		if (shortage)
			add_item(&l->unknown, name, strerror(-shortage));
		return;
	}
	/* While a change runs, the blocks have several states. */
	if (!err && state == DAXPLUG_STATE_INCONSISTENT &&
	    (is_thread_busy(dev) || is_locked(dev))) {
		count_state(l, "changing");
		return;
	}
	check_state(&l->f, dev);
	check_poison(&l->f, dev, 0);
	/* A device that has been removed in the meantime is not a problem. */
	if (is_gone(dev)) {
		drop_findings(&l->f, before);
		return;
	}
	count_state(l, read_state_string(dev));
	/*
	 * The driver of Linux 7.3 reports the last request, not the state of the blocks. Only root
	 * can find out which blocks belong to the device. So for other users the result is unknown.
	 */
	if (geteuid() != 0 && daxplug_device_get_backend(dev) == DAXPLUG_BACKEND_NATIVE)
		add_item(&l->unknown, name, "is fully visible to root only");
}

/*
 * Format "daxplug OK: 3 devices: 2 online_movable, 1 unplugged". States that do not fit are left
 * out.
 */
static void make_summary(const struct health_check *l, char *buf, size_t len)
{
	size_t n = (size_t)snprintf(buf, len, "daxplug OK: %u device%s", l->devices,
				    l->devices == 1 ? "" : "s");
	char item[64];
	unsigned int i;

	for (i = 0; i < STATES_MAX && l->count[i]; i++) {
		snprintf(item, sizeof(item), "%s%u %s", i ? ", " : ": ", l->count[i],
			 l->states[i]);
		if (n + strlen(item) + strlen(", ...") >= len)
			snprintf(item, sizeof(item), ", ...");
		n += (size_t)snprintf(buf + n, len - n, "%s", item);
		if (!strcmp(item, ", ..."))
			return;
	}
}

/* Return: what daxplug health exits with. */
static int format_line(const struct health_check *l, char *buf, size_t len)
{
	const struct line *line = l->problems.len ? &l->problems : &l->unknown;
	int code = l->problems.len ? HEALTH_PROBLEM : HEALTH_UNKNOWN;

	if (line->len) {
		int n;

		n = snprintf(buf, len, "daxplug %s: %s", code == HEALTH_PROBLEM ? "PROBLEM" :
			     "UNKNOWN", line->text);
		if (line->left_out)
			snprintf(buf + n, len - (size_t)n, ", %u more",
				 line->left_out < 99 ? line->left_out : 99);
		return code;
	}
	if (l->f.failed) {
		char why[160];

		snprintf(buf, len, "daxplug UNKNOWN: %s",
			 describe_failure(&l->f, why, sizeof(why)));
		return HEALTH_UNKNOWN;
	}
	if (!l->devices) {
		snprintf(buf, len, "daxplug OK: no DAX devices");
		return EXIT_DONE;
	}
	make_summary(l, buf, len);
	return EXIT_DONE;
}

/* Write a line "0 daxplug OK: ..." for the parent process. */
static void write_line(const struct health_check *l, int fd)
{
	char text[LINE_MAX_LEN + 1], line[LINE_MAX_LEN + 8];
	int code = format_line(l, text, sizeof(text));
	int n = snprintf(line, sizeof(line), "%d %s\n", code, text);

	if (write(fd, line, (size_t)n) != n)
		_exit(HEALTH_UNKNOWN);
}

/* Write a line if there are problems so far. */
static void report_problems(struct health_check *l, int fd)
{
	add_findings(l);
	if (l->problems.len)
		write_line(l, fd);
}

/*
 * Run in the child process. Once there is a problem, write a line after each device. In any case
 * write a line after all checks. The parent uses the last line that it has read in time.
 */
static void run_checks(struct daxplug_ctx *ctx, const struct options *o, int fd)
{
	struct health_check l = { .devices = 0 };
	struct selection s;
	unsigned int i;

	select_devices(ctx, o, &s);
	if (s.code == EXIT_NO_DEVICE)
		add_item(&l.problems, o->nr_operands == 1 ? o->operands[0] :
			 "a device that was named", "is not there");
	else if (s.code != EXIT_DONE)
		add_item(&l.unknown, "", "/sys does not show the devices");
	report_problems(&l, fd);
	for (i = 0; i < s.nr; i++) {
		check_device(&l, s.dev[i]);
		report_problems(&l, fd);
	}
	check_units(&l.f, &s, check_policy(&l.f, ctx, &s));
	add_findings(&l);
	write_line(&l, fd);
	free_findings(&l.f);
	selection_free(&s);
}

/* What the child has written. @text is its last complete line. */
struct last_line {
	char text[LINE_MAX_LEN + 8];
	char unfinished[LINE_MAX_LEN + 8];
	size_t len;			/* of the unfinished line */
};

static void add_characters(struct last_line *l, const char *from, size_t n)
{
	for (; n; n--, from++) {
		if (*from == '\n') {
			snprintf(l->text, sizeof(l->text), "%.*s", (int)l->len, l->unfinished);
			l->len = 0;
		} else if (l->len < sizeof(l->unfinished) - 1) {
			l->unfinished[l->len++] = *from;
		}
	}
}

/*
 * Read from the pipe of the child until the child closes it. If @end is not 0, do not wait longer
 * than until @end. Return: has the child closed the pipe?
 */
static bool read_until(int fd, uint64_t end, struct last_line *last)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char buf[256];
	ssize_t n = 1;

	while (n) {
		uint64_t now = get_monotonic_ms();

		if (end && now >= end)
			return false;
		if (poll(&wait, 1, end ? (int)(end - now) : -1) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno != EINTR)
			return true;
		if (n > 0)
			add_characters(last, buf, (size_t)n);
	}
	return true;
}

static pid_t start_checks(struct daxplug_ctx *ctx, const struct options *o, int *out)
{
	pid_t parent = getpid(), pid;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		int null;

		/*
		 * The child has a process group of its own, so that run_health() can also kill the
		 * programs that the child runs.
		 */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/*
		 * A monitor reads our standard output until all writers have closed it. The child
		 * must not keep it open, because no signal ends a child that waits in the kernel.
		 */
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (getppid() == parent && null >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
		    dup2(null, STDERR_FILENO) >= 0)
			run_checks(ctx, o, fd[1]);
		_exit(0);
	}
	close(fd[1]);
	if (pid < 0)
		close(fd[0]);
	*out = fd[0];
	return pid;
}

int run_health(struct daxplug_ctx *ctx, const struct options *o)
{
	unsigned int limit = o->has_timeout ? o->timeout_ms : DEFAULT_LIMIT_MS;
	struct last_line last = { .len = 0 };
	bool in_time = true;
	int fd, code = HEALTH_UNKNOWN;
	pid_t pid;

	pid = start_checks(ctx, o, &fd);
	if (pid > 0) {
		in_time = read_until(fd, limit ? get_monotonic_ms() + limit : 0, &last);
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		/*
		 * If a read in the kernel has not returned, the process cannot end, so do not
		 * wait for it.
		 */
		waitpid(pid, NULL, in_time ? 0 : WNOHANG);
		close(fd);
	}
	/* A problem counts even if the rest could not be read in time. */
	if (*last.text && (in_time || *last.text == '0' + HEALTH_PROBLEM)) {
		code = *last.text - '0';
		printf("%s\n", last.text + 2);
	} else if (!in_time) {
		printf("daxplug UNKNOWN: no answer within %u ms\n", limit);
	} else {
		printf("daxplug UNKNOWN: the process that reads /sys has ended\n");
	}
	return finish_output() == EXIT_DONE ? code : HEALTH_UNKNOWN;
}
