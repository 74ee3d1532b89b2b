// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the thread that carries out a change and the program's thread tell each
 * other: how far it is, what has been done, that it has ended. The program is never
 * waited for, unless it waits itself, in a call that returns when the change has
 * ended (waits_for_end).
 *
 * Signals are the program's. A program that waits lets them in while it waits, and
 * there only, so the thread of the change has to ask for that where one must not be
 * missed: between two steps. And where no signal may end the program, because a
 * setting of the system has been borrowed, it asks for the opposite.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Who does not take them gets so many lines of the log, and is told of the others. */
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

/* Its thread has ended. */
void dp_channel_destroy(struct dp_channel *ch)
{
	dp_lines_free(ch->news.lines);
	pthread_cond_destroy(&ch->met);
	pthread_mutex_destroy(&ch->mutex);
}

/* --- by the thread of the change ---------------------------------------------- */

/* It fails only where there have been so many that it can be read anyway. */
static void notify(const struct dp_channel *ch)
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
	notify(ch);
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
	notify(ch);
}

/*
 * Until the program has let in the signals that were pending, and has decided what
 * becomes of the change.
 */
void dp_channel_meet(struct dp_channel *ch)
{
	if (!ch->waits_for_end)
		return;
	pthread_mutex_lock(&ch->mutex);
	ch->news.wants_meeting = true;
	notify(ch);
	while (ch->news.wants_meeting)
		pthread_cond_wait(&ch->met, &ch->mutex);
	pthread_mutex_unlock(&ch->mutex);
}

/* From its return on no signal comes to the thread that waits, until that is over. */
void dp_channel_hold_signals(struct dp_channel *ch, bool hold)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.holds_signals = hold;
	pthread_mutex_unlock(&ch->mutex);
	dp_channel_meet(ch);
}

/* The last that the thread does with it. */
void dp_channel_end(struct dp_channel *ch)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.has_ended = true;
	pthread_mutex_unlock(&ch->mutex);
	notify(ch);
}

/* --- by the program ------------------------------------------------------------ */

void dp_channel_drain(const struct dp_channel *ch)
{
	uint64_t times;

	if (read(ch->event_fd, &times, sizeof(times)) < 0)
		return;
}

/* Does not wait. The lines are the caller's: dp_lines_free(). */
void dp_channel_take(struct dp_channel *ch, struct dp_news *news)
{
	/* First: what comes after this can be read again. */
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

/* The signals that were pending have been let in. */
void dp_channel_answer(struct dp_channel *ch)
{
	pthread_mutex_lock(&ch->mutex);
	ch->news.wants_meeting = false;
	pthread_cond_signal(&ch->met);
	pthread_mutex_unlock(&ch->mutex);
}
