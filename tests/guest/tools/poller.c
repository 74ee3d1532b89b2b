// SPDX-License-Identifier: GPL-2.0-only
/*
 * poller FILE OUT: waits with poll() until sysfs reports a change of FILE. Then it reads FILE,
 * appends the content to OUT as one line, and waits again. Prints "ready" before the first wait.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLPRI };
	char word[64];
	FILE *out;

	if (argc != 3)
		return 2;
	p.fd = open(argv[1], O_RDONLY);
	if (p.fd < 0 || read(p.fd, word, sizeof(word)) <= 0)
		return 1;
	out = fopen(argv[2], "a");
	if (!out)
		return 1;
	puts("ready");
	fflush(stdout);

	while (poll(&p, 1, -1) > 0) {
		ssize_t n = pread(p.fd, word, sizeof(word) - 1, 0);

		if (n <= 0)
			break;
		word[n] = '\0';
		fputs(word, out);
		fflush(out);
	}
	fclose(out);
	return 0;
}
