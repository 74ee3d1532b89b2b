// SPDX-License-Identifier: GPL-2.0-only
/*
 * Repeats failed changes of the policy: first after 5 s, then each time after twice as long, up
 * to 5 minutes. When all have succeeded, it starts at 5 s again. The driver of virtio-mem retries
 * in the same way, from 50 s up to 5 minutes.
 *
 * A systemd timer, daxplug-retry@TIME.timer, runs the policy again. /run/daxplug/retry has the
 * length of the last wait. A run over the complete policy also creates /run/daxplug/applied.
 * Without that file, daxplug apply --arrived does not plug a device to which movable_max applies
 * (is_outside_movable_limit()).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "replace.h"
#include "retry.h"
#include "system.h"

#define FIRST_S 5
#define LONGEST_S 300

static const char *run_path(char *buf, const char *name)
{
	snprintf(buf, PATH_MAX, "%s/%s", get_run_directory(), name);
	return buf;
}

static bool write_file(const char *name, const char *text)
{
	char path[PATH_MAX];

	if (mkdir(get_run_directory(), 0755) && errno != EEXIST)
		return false;
	return !replace_path(run_path(path, name), text, strlen(text));
}

/* Read the length of the last wait in seconds, or 0 if none is pending. */
static unsigned int read_last_wait(void)
{
	char path[PATH_MAX], line[32];
	uint64_t seconds;

	if (!read_first_line(run_path(path, "retry"), line, sizeof(line)) ||
	    !parse_number(line, &seconds) || seconds > LONGEST_S)
		return 0;
	return (unsigned int)seconds;
}

static bool run_systemctl(const char *verb, const char *unit)
{
	char *const arguments[] = { "systemctl", "--no-block", (char *)verb, (char *)unit, NULL };
	char out[256];

	return !run_program(arguments, out, sizeof(out));
}

static bool is_systemd_running(void)
{
	char path[PATH_MAX];

	return !access(format_system_path(path, "/run/systemd/system"), F_OK);
}

static bool start_timer(unsigned int seconds)
{
	char unit[64];

	if (!is_systemd_running())
		return false;
	snprintf(unit, sizeof(unit), "daxplug-retry@%us.timer", seconds);
	/* Only one timer runs at a time. */
	run_systemctl("stop", "daxplug-retry@*.timer");
	return run_systemctl("restart", unit);
}

static unsigned int get_next_wait(unsigned int last)
{
	if (!last)
		return FIRST_S;
	return 2 * last < LONGEST_S ? 2 * last : LONGEST_S;
}

/*
 * @failed is the number of failed changes of rules with "retry". @whole is set for a run over the
 * complete policy. A run over some devices does not change a pending timer.
 */
void retry_schedule(unsigned int failed, bool whole, bool quiet)
{
	unsigned int last = read_last_wait(), next = get_next_wait(last);
	char text[32];

	if (!failed) {
		if (whole && last) {
			char path[PATH_MAX];

			unlink(run_path(path, "retry"));
			if (is_systemd_running())
				run_systemctl("stop", "daxplug-retry@*.timer");
		}
		return;
	}
	if (!whole && last)
		return;
	snprintf(text, sizeof(text), "%u\n", next);
	if (!write_file("retry", text) || !start_timer(next))
		fprintf(stderr, "daxplug: failed changes are not repeated: "
				"daxplug-retry@%us.timer cannot be started\n", next);
	else if (!quiet)
		fprintf(stderr, "daxplug: failed changes are repeated in %u s\n", next);
}

void retry_record_applied(void)
{
	write_file("applied", "");
}

bool retry_was_applied(void)
{
	char path[PATH_MAX];

	return !access(run_path(path, "applied"), F_OK);
}
