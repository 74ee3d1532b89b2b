// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt FILE WORD MICROSECONDS: writes WORD to FILE, or reads FILE if WORD is "-". A timer
 * sends SIGINT after MICROSECONDS. If MICROSECONDS is 0, no signal is sent. The signal has a
 * handler, so it does not end this program.
 *
 * Prints the result of the write or read, "ok" or the name of the errno, and the microseconds that
 * it took. If the signal arrives before the write, nothing is written and the output is "early 0".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	(void)sig;
	caught = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT };
	struct itimerspec when = { 0 };
	struct timespec begin, end;
	timer_t timer;
	long us;
	ssize_t n;
	int fd, err, reads;

	if (argc != 4)
		return 2;
	us = strtol(argv[3], NULL, 10);
	reads = !strcmp(argv[2], "-");
	fd = open(argv[1], reads ? O_RDONLY : O_WRONLY);
	if (fd < 0) {
		puts(strerrorname_np(errno));
		return 1;
	}

	/* Use a timer, because a second process would not send the signal at an exact time. */
	sigaction(SIGINT, &action, NULL);
	when.it_value.tv_sec = us / 1000000;
	when.it_value.tv_nsec = us % 1000000 * 1000;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &when, NULL))
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (reads) {
		char buf[8192];

		n = read(fd, buf, sizeof(buf));
	} else if (caught) {
		puts("early 0");
		return 0;
	} else {
		n = write(fd, argv[2], strlen(argv[2]));
	}
	err = n < 0 ? errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	us = (end.tv_sec - begin.tv_sec) * 1000000 + (end.tv_nsec - begin.tv_nsec) / 1000;
	printf("%s %ld\n", err ? strerrorname_np(err) : "ok", us);
	return 0;
}
