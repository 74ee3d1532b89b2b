// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wishes of the policy that have failed are tried again: after 5 s, and each time after
 * twice as long, up to 5 minutes; from 5 s on again when all are met. These are the
 * times of virtio-mem's driver.
 *
 * The wait is that of a timer of systemd, daxplug-retry@TIME.timer, which has the policy
 * applied again. How long the last wait was is in /run/daxplug/retry. A run over the
 * whole policy also leaves /run/daxplug/applied there: since then each device that comes
 * is decided on when it comes.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "replace.h"
#include "retry.h"

#define FIRST_S 5
#define LONGEST_S 300

static const char *run_path(char *buf, const char *name)
{
	snprintf(buf, PATH_MAX, "%s/%s", run_directory(), name);
	return buf;
}

static bool write_file(const char *name, const char *text)
{
	char path[PATH_MAX];

	if (mkdir(run_directory(), 0755) && errno != EEXIST)
		return false;
	return !replace_path(run_path(path, name), text, strlen(text));
}

/* Seconds; 0: nothing waits to be tried again. */
static unsigned int last_wait(void)
{
	char path[PATH_MAX], line[32];
	uint64_t seconds;

	if (!read_line_of(run_path(path, "retry"), line, sizeof(line)) ||
	    !value_number(line, &seconds) || seconds > LONGEST_S)
		return 0;
	return (unsigned int)seconds;
}

static bool systemctl(const char *verb, const char *unit)
{
	char *const arguments[] = { "systemctl", "--no-block", (char *)verb, (char *)unit, NULL };
	char out[256];

	return !program_output(arguments, out, sizeof(out));
}

static bool systemd_runs(void)
{
	char path[PATH_MAX];

	return !access(system_path(path, "/run/systemd/system"), F_OK);
}

static bool start_timer(unsigned int seconds)
{
	char unit[64];

	if (!systemd_runs())
		return false;
	snprintf(unit, sizeof(unit), "daxplug-retry@%us.timer", seconds);
	/* There is one wait at a time. */
	systemctl("stop", "daxplug-retry@*.timer");
	return systemctl("restart", unit);
}

static unsigned int next_wait(unsigned int last)
{
	if (!last)
		return FIRST_S;
	return 2 * last < LONGEST_S ? 2 * last : LONGEST_S;
}

/*
 * @failed: how many wishes of rules with "retry" have failed; @whole: in a run over the
 * whole policy. A run over some devices leaves a wait that has begun as it is.
 */
void retry_after(unsigned int failed, bool whole, bool quiet)
{
	unsigned int last = last_wait(), next = next_wait(last);
	char text[32];

	if (!failed) {
		if (whole && last) {
			char path[PATH_MAX];

			unlink(run_path(path, "retry"));
			if (systemd_runs())
				systemctl("stop", "daxplug-retry@*.timer");
		}
		return;
	}
	if (!whole && last)
		return;
	snprintf(text, sizeof(text), "%u\n", next);
	if (!write_file("retry", text) || !start_timer(next))
		fprintf(stderr, "daxplug: what has failed is not tried again: "
				"daxplug-retry@%us.timer cannot be started\n", next);
	else if (!quiet)
		fprintf(stderr, "daxplug: what has failed is tried again in %u s\n", next);
}

void retry_note_applied(void)
{
	write_file("applied", "");
}

bool retry_was_applied(void)
{
	char path[PATH_MAX];

	return !access(run_path(path, "applied"), F_OK);
}
