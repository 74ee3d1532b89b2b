// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Messages between the thread of a change and the program's thread: progress, log
 * messages, and the end of the change. If the program waits in a library call until the change
 * has ended (waits_for_end), the thread of the change may wait until that call has handled a
 * message. If the change was started by daxplug_change_start(), the thread never waits for the
 * program.
 *
 * Signals belong to the program. A call that waits for a change blocks them, except
 * during its ppoll(2). The thread of the change must not begin a step while a signal is
 * pending. So before each step it asks the program to let pending signals be delivered.
 * While a setting of the system is changed for a moment, no signal may end the program.
 * So the thread asks the program to block signals during ppoll(2), too.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/*
 * Number of log messages kept for a program that does not fetch them. Further messages
 * are only counted.
 */
#define LINES_MAX 1000

void dp_channel_init(struct dp_channel *ch, int event_fd, bool waits_for_end)
{
	*ch = (struct dp_channel){
		.event_fd = event_fd, .waits_for_end = waits_for_end,
		.news.progress.left_ms = UINT_MAX, .last_line = &ch->news.lines,
	};
	pthread_mutex_init(&ch->mutex, NULL);
	pthread_cond_init(&ch->met, NULL);
}

void dp_lines_free(struct dp_line *line)
{
	while (line) {
		struct dp_line *next = line->next;

		free(line);
		line = next;
	}
}

/* The thread of the change must have ended. */
void dp_channel_destroy(struct dp_channel *ch)
{
	dp_lines_free(ch->news.lines);
	pthread_cond_destroy(&ch->met);
	pthread_mutex_destroy(&ch->mutex);
}

/* --- called by the thread of the change ----------------------------------------- */

/* write(2) can fail only if the counter is at its maximum, and then it is readable anyway. */
static void notify_program(const struct dp_channel *ch)
{
	const uint64_t one = 1;
	ssize_t n = write(ch->event_fd, &one, sizeof(one));

	(void)n;
}

void dp_channel_post_progress(struct dp_channel *ch, const struct daxplug_progress *p,
			      const struct dp_holder *holder)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.progress = *p;
	ch->news.holder = *holder;
	ch->news.has_progress = true;
	pthread_mutex_unlock(&ch->mutex);
	notify_program(ch);
}

void dp_channel_post_line(struct dp_channel *ch, int level, const char *text)
{
	size_t len = strlen(text) + 1;
	struct dp_line *line = malloc(sizeof(*line) + len);

	if (line) {
		line->next = NULL;
		line->level = level;
		memcpy(line->text, text, len);
	}
	pthread_mutex_lock(&ch->mutex);
	if (line && ch->nr_lines < LINES_MAX) {
		*ch->last_line = line;
		ch->last_line = &line->next;
		ch->nr_lines++;
		line = NULL;
	} else {
		ch->news.lost_lines++;
	}
	pthread_mutex_unlock(&ch->mutex);
	free(line);
	notify_program(ch);
}

/*
 * Wait until the program has let pending signals be delivered and has decided whether
 * the change goes on.
 */
void dp_channel_meet(struct dp_channel *ch)
{
	if (!ch->waits_for_end)
		return;
	pthread_mutex_lock(&ch->mutex);
	ch->news.wants_meeting = true;
	notify_program(ch);
	while (ch->news.wants_meeting)
		pthread_cond_wait(&ch->met, &ch->mutex);
	pthread_mutex_unlock(&ch->mutex);
}

/*
 * A program may wait for the end of the change in ppoll(2). Tell it whether its signals must
 * be blocked there, too. The function returns when the program has blocked them (@hold is
 * true) or unblocked them (@hold is false).
 */
void dp_channel_hold_signals(struct dp_channel *ch, bool hold)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.holds_signals = hold;
	pthread_mutex_unlock(&ch->mutex);
	dp_channel_meet(ch);
}

/* The thread of the change calls this function last. */
void dp_channel_end(struct dp_channel *ch)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.has_ended = true;
	pthread_mutex_unlock(&ch->mutex);
	notify_program(ch);
}

/* --- called by the program ------------------------------------------------------ */

void dp_channel_drain(const struct dp_channel *ch)
{
	uint64_t times;

	if (read(ch->event_fd, &times, sizeof(times)) < 0)
		return;
}

/* Fetch the messages without waiting. The caller frees the lines with dp_lines_free(). */
void dp_channel_take(struct dp_channel *ch, struct dp_news *news)
{
	/* Drain first, so that a later message makes the descriptor readable again. */
	dp_channel_drain(ch);
	pthread_mutex_lock(&ch->mutex);
	*news = ch->news;
	ch->news.has_progress = false;
	ch->news.lines = NULL;
	ch->news.lost_lines = 0;
	ch->last_line = &ch->news.lines;
	ch->nr_lines = 0;
	pthread_mutex_unlock(&ch->mutex);
}

/* Wake the thread, because pending signals have been delivered. */
void dp_channel_answer(struct dp_channel *ch)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.wants_meeting = false;
	pthread_cond_signal(&ch->met);
	pthread_mutex_unlock(&ch->mutex);
}
