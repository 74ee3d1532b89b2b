// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes an entry to the system's journal for each change, with fields for programs.
 *
 * A failure here must not make a change fail or delay it. sd_journal_sendv() waits without a
 * limit if the journal does not read. So the datagram is made and sent here. An entry waits at most
 * SEND_MS. If the socket's buffer is still full then, no later entry is sent. The format is a
 * stable interface, see "Native Journal Protocol" on systemd.io. If there is no journal, a line is
 * sent to /dev/log in the same way. If /dev/log does not exist either, nothing is written.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "journal.h"
#include "policy.h"
#include "replace.h"
#include "system.h"

#define SEND_MS 500
#define NO_LOGIN "4294967295"

/* A newline ends a field, so control characters in a value are replaced. */
static void put_text(FILE *out, const char *text)
{
	size_t i, len = strnlen(text, JOURNAL_VALUE_MAX);

	for (i = 0; i < len; i++)
		fputc(iscntrl((unsigned char)text[i]) ? '?' : text[i], out);
}

static void put_field(FILE *out, const char *field, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(out, "%s=", field);
	put_text(out, value);
	fputc('\n', out);
}

__attribute__((format(printf, 3, 4)))
static void put_formatted_field(FILE *out, const char *field, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_field(out, field, text);
}

/* The command line of this process, with blanks between the words. */
static void put_command_line(FILE *out)
{
	char text[JOURNAL_VALUE_MAX], path[PATH_MAX];
	FILE *file = fopen(format_system_path(path, "/proc/self/cmdline"), "re");
	size_t i, len;

	if (!file)
		return;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	while (len && !text[len - 1])
		len--;
	text[len] = '\0';
	for (i = 0; i < len; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	put_field(out, "DAXPLUG_COMMAND_LINE", text);
}

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !strncmp(text + len - n, end, n);
}

/* Put the first part of "/system.slice/daxplug.service" that is a service or a scope. */
static void put_unit_of(FILE *out, const char *path)
{
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/\n");
		if (ends_with(path, len, ".service") || ends_with(path, len, ".scope")) {
			put_formatted_field(out, "DAXPLUG_UNIT", "%.*s", (int)len, path);
			return;
		}
		path += len + (path[len] == '\n');
	}
}

/* The journal adds the unit itself, but not if the process has ended by then. */
static void put_unit(FILE *out)
{
	char path[PATH_MAX], line[PATH_MAX];
	FILE *file = fopen(format_system_path(path, "/proc/self/cgroup"), "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, ":name=systemd:/");

		found = at || !strncmp(line, "0::/", 4);
		if (found)
			put_unit_of(out, strchr(at ? at : line, '/'));
	}
	if (file)
		fclose(file);
}

static void put_who(FILE *out)
{
	char path[PATH_MAX], login[32];

	put_formatted_field(out, "DAXPLUG_UID", "%u", getuid());
	if (read_first_line(format_system_path(path, "/proc/self/loginuid"), login,
			    sizeof(login)) && strcmp(login, NO_LOGIN) != 0)
		put_field(out, "DAXPLUG_LOGIN_UID", login);
	put_formatted_field(out, "DAXPLUG_PID", "%d", (int)getpid());
	put_unit(out);
	put_command_line(out);
}

/*
 * The name may be that of another device after the next boot, so add the UUID and serial numbers.
 */
static void put_device(FILE *out, const struct daxplug_device *dev)
{
	const char *uuid = daxplug_device_get_uuid(dev);
	char low[64];
	uint64_t serial;
	unsigned int i;

	put_field(out, "DAXPLUG_DEVICE", daxplug_device_get_name(dev));
	put_field(out, "DAXPLUG_REGION", daxplug_device_get_region(dev));
	for (i = 0; uuid && uuid[i] && i < sizeof(low) - 1; i++)
		low[i] = (char)tolower((unsigned char)uuid[i]);
	low[i] = '\0';
	put_field(out, "DAXPLUG_UUID", low);
	for (i = 0; i < daxplug_device_get_memdevs(dev); i++) {
		if (!daxplug_device_get_memdev(dev, i, NULL, &serial))
			put_formatted_field(out, "DAXPLUG_SERIAL", "0x%" PRIx64, serial);
	}
}

static void put_rule(FILE *out, const struct daxplug_rule *rule)
{
	if (!rule)
		return;
	put_field(out, "DAXPLUG_RULE", daxplug_rule_get_name(rule));
	put_field(out, "DAXPLUG_RULE_FILE", get_rule_path(rule));
	put_formatted_field(out, "DAXPLUG_RULE_LINE", "%u", daxplug_rule_get_line(rule));
}

static void put_error(FILE *out, int err)
{
	if (!err)
		return;
	put_formatted_field(out, "ERRNO", "%d", -err);
	put_field(out, "DAXPLUG_ERRNO", strerrorname_np(-err));
}

static int get_priority(const struct journal_entry *e)
{
	switch (e->code) {
	case EXIT_DONE:
		return LOG_NOTICE;
	case EXIT_INCONSISTENT:
	case EXIT_TROUBLE:
		return LOG_ERR;
	default:
		return LOG_WARNING;
	}
}

/* The message, such as "dax0.0: unplugged -> online_movable: done". */
static void put_message(FILE *out, const struct journal_entry *e)
{
	bool is_state = !strcmp(e->what, "state");

	put_text(out, daxplug_device_get_name(e->dev));
	fprintf(out, ": %s%s%s -> %s: %s", is_state ? "" : e->what,
		is_state ? "" : " ", e->from ? e->from : "?", e->to, e->outcome);
	if (e->reason && *e->reason) {
		fputs(": ", out);
		put_text(out, e->reason);
	}
}

static void put_sender(FILE *out)
{
	put_field(out, "SYSLOG_IDENTIFIER", "daxplug");
	put_formatted_field(out, "SYSLOG_FACILITY", "%d", LOG_DAEMON >> 3);
}

static void put_entry(FILE *out, const struct journal_entry *e)
{
	fputs("MESSAGE=", out);
	put_message(out, e);
	fputs("\nMESSAGE_ID=" JOURNAL_MESSAGE_ID "\n", out);
	put_sender(out);
	put_formatted_field(out, "PRIORITY", "%d", get_priority(e));
	put_device(out, e->dev);
	put_field(out, "DAXPLUG_COMMAND", e->command);
	put_field(out, "DAXPLUG_WHAT", e->what);
	put_field(out, "DAXPLUG_FROM", e->from);
	put_field(out, "DAXPLUG_TO", e->to);
	put_field(out, "DAXPLUG_AFTER", e->after);
	put_field(out, "DAXPLUG_OUTCOME", e->outcome);
	put_field(out, "DAXPLUG_BACKEND", e->backend);
	put_field(out, "DAXPLUG_REASON", e->reason);
	put_field(out, "DAXPLUG_STEP", e->step);
	put_formatted_field(out, "DAXPLUG_EXIT", "%d", e->code);
	if (e->block != DAXPLUG_NO_BLOCK)
		put_formatted_field(out, "DAXPLUG_BLOCK", "%" PRIu64, e->block);
	if (e->bytes != DAXPLUG_SIZE_UNKNOWN)
		put_formatted_field(out, "DAXPLUG_BYTES", "%" PRIu64, e->bytes);
	if (e->duration_ms != JOURNAL_NO_TIME)
		put_formatted_field(out, "DAXPLUG_DURATION_MS", "%" PRIu64, e->duration_ms);
	put_error(out, e->err);
	put_rule(out, e->rule);
	put_who(out);
}

/* The header that syslog(3) puts before a message. */
static void put_syslog_header(FILE *out, int level)
{
	time_t now = time(NULL);
	char at[32] = "";
	struct tm local;

	if (localtime_r(&now, &local))
		strftime(at, sizeof(at), "%b %e %H:%M:%S", &local);
	fprintf(out, "<%d>%s daxplug[%d]: ", LOG_DAEMON | level, at, (int)getpid());
}

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, n;

	n = snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (n < 0 || (size_t)n >= sizeof(to.sun_path))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Return: false if the socket's buffer stayed full. The next datagram would only wait again. */
static bool send_in_time(int fd, const char *text, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	uint64_t end = get_monotonic_ms() + SEND_MS;

	while (send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		int err = errno;
		uint64_t now = get_monotonic_ms();

		if (err != EAGAIN && err != EINTR)
			return true;
		if (now >= end)
			return false;
		poll(&p, 1, (int)(end - now));
	}
	return true;
}

/* Send an entry to the journal, or a line to syslog if there is no journal. */
static void send_entry(void (*put_fields)(FILE *out, const void *what),
		       void (*put_line)(FILE *out, const void *what), const void *what)
{
	static bool has_no_reader;
	char path[PATH_MAX], *text = NULL;
	bool journal;
	size_t len = 0;
	FILE *out;
	int fd;

	if (has_no_reader)
		return;
	fd = connect_to(format_system_path(path, "/run/systemd/journal/socket"));
	journal = fd >= 0;
	if (!journal)
		fd = connect_to(format_system_path(path, "/dev/log"));
	if (fd < 0)
		return;
	out = open_memstream(&text, &len);
	if (out) {
		bool whole;

		if (journal)
			put_fields(out, what);
		else
			put_line(out, what);
		/* A part of an entry would be misleading. */
		whole = !ferror(out);
		if (!fclose(out) && whole)
			has_no_reader = !send_in_time(fd, text, len);
	}
	free(text);
	close(fd);
}

static void put_change(FILE *out, const void *what)
{
	put_entry(out, what);
}

static void put_change_line(FILE *out, const void *what)
{
	const struct journal_entry *e = what;

	put_syslog_header(out, get_priority(e));
	put_message(out, e);
}

void journal_write_entry(const struct journal_entry *e)
{
	send_entry(put_change, put_change_line, e);
}

/* A change has moved a device away from the state that the policy requests, or into it. */
struct policy_change {
	const char *command;
	const struct daxplug_rule *rule;
	const struct daxplug_device *dev;
	enum daxplug_state want, is;
};

static bool is_met(const struct policy_change *p)
{
	return policy_is_state_met(p->is, p->want);
}

/*
 * The message, such as "dax0.0: not as the policy wants it: online_movable is wanted, it is
 * unplugged".
 */
static void put_policy_message(FILE *out, const struct policy_change *p)
{
	put_text(out, daxplug_device_get_name(p->dev));
	if (is_met(p))
		fprintf(out, ": as the policy wants it: %s", daxplug_state_name(p->is));
	else
		fprintf(out, ": not as the policy wants it: %s is wanted, it is %s",
			daxplug_state_name(p->want), daxplug_state_name(p->is));
}

static void put_policy_change(FILE *out, const void *what)
{
	const struct policy_change *p = what;

	fputs("MESSAGE=", out);
	put_policy_message(out, p);
	fputs("\nMESSAGE_ID=" JOURNAL_POLICY_ID "\n", out);
	put_sender(out);
	put_formatted_field(out, "PRIORITY", "%d", is_met(p) ? LOG_NOTICE : LOG_WARNING);
	put_device(out, p->dev);
	put_field(out, "DAXPLUG_COMMAND", p->command);
	put_field(out, "DAXPLUG_EVENT", is_met(p) ? "met" : "parted");
	put_field(out, "DAXPLUG_WANTED", daxplug_state_name(p->want));
	put_field(out, "DAXPLUG_AFTER", daxplug_state_name(p->is));
	put_rule(out, p->rule);
	put_who(out);
}

static void put_policy_line(FILE *out, const void *what)
{
	const struct policy_change *p = what;

	put_syslog_header(out, is_met(p) ? LOG_NOTICE : LOG_WARNING);
	put_policy_message(out, p);
}

/*
 * Write an entry if the change has moved the device into the state that @rule requests, or away
 * from it. @rule is a rule with a state, or NULL.
 */
void journal_write_policy(const char *command, const struct daxplug_rule *rule,
			  const struct daxplug_device *dev, const struct daxplug_change *c)
{
	struct policy_change p = { .command = command, .rule = rule, .dev = dev };
	enum daxplug_state before;

	if (!rule || daxplug_rule_get_state(rule, &p.want) ||
	    daxplug_change_get_before(c, &before) || daxplug_change_get_after(c, &p.is) ||
	    policy_is_state_met(before, p.want) == is_met(&p))
		return;
	send_entry(put_policy_change, put_policy_line, &p);
}

/* Save the change for metrics. */
static void save_last_change(const struct journal_entry *e)
{
	struct last_change last = { .duration_ms = e->duration_ms };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	last.time_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	snprintf(last.to, sizeof(last.to), "%s", e->to);
	snprintf(last.outcome, sizeof(last.outcome), "%s", e->outcome);
	last_change_write(daxplug_device_get_name(e->dev), &last);
}

/*
 * Write an entry for an attempt to change the state. A change that had nothing to do has no
 * entry.
 */
void journal_write_change(const char *command, const struct daxplug_rule *rule,
			  const struct daxplug_device *dev, const struct change_report *v,
			  const struct daxplug_change *c)
{
	enum daxplug_state before, after;
	struct journal_entry e = {
		.dev = dev,
		.command = command,
		.what = "state",
		.to = daxplug_state_name(v->want),
		.outcome = get_outcome_string(v, c),
		.backend = daxplug_backend_name(daxplug_change_get_backend(c)),
		.reason = v->reason,
		.step = daxplug_change_get_step(c),
		.bytes = DAXPLUG_SIZE_UNKNOWN,
		.duration_ms = v->duration_ms,
		.err = v->err,
		.code = v->code,
		.rule = rule,
	};

	if (!v->code && daxplug_change_get_outcome(c) == DAXPLUG_OUTCOME_NOTHING)
		return;
	if (!daxplug_change_get_before(c, &before))
		e.from = daxplug_state_name(before);
	if (!daxplug_change_get_after(c, &after))
		e.after = daxplug_state_name(after);
	if (daxplug_change_get_block(c, &e.block))
		e.block = DAXPLUG_NO_BLOCK;
	if (daxplug_device_get_usable(dev, &e.bytes))
		e.bytes = DAXPLUG_SIZE_UNKNOWN;
	save_last_change(&e);
	journal_write_entry(&e);
}
