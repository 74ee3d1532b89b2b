// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays journald: makes a socket, and runs a command that writes entries to this socket.
 *
 * fake_journal take SOCKET FILE COMMAND...	write each entry to FILE, and a line "--"
 *						after the entry
 * fake_journal stuck SOCKET FILE COMMAND...	the socket is full and is never read
 * fake_journal send SOCKET			send the standard input to SOCKET as user
 *						65534; if the input is empty, only connect
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_MAX 65536

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static const struct sockaddr *const at = (const struct sockaddr *)&address;

/*
 * Fill the receiver's queue. One sender may not be enough, because its own buffer may be full
 * before the queue is.
 */
static void fill(void)
{
	int fd;

	do {
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	} while (fd >= 0 && !connect(fd, at, sizeof(address)) && send(fd, "x", 1, 0) == 1);
}

static int run(char **command)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int receive(int stuck, const char *file, char **command)
{
	static char message[MESSAGE_MAX];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), code;
	FILE *out = fopen(file, "we");
	ssize_t n;

	if (!out || fd < 0 || bind(fd, at, sizeof(address))) {
		perror(address.sun_path);
		if (out)
			fclose(out);
		return 1;
	}
	if (stuck)
		fill();
	code = run(command);
	while (!stuck && (n = recv(fd, message, sizeof(message), MSG_DONTWAIT)) >= 0) {
		fwrite(message, 1, (size_t)n, out);
		fputs("--\n", out);
	}
	fclose(out);
	unlink(address.sun_path);
	return code;
}

static int send_input(void)
{
	static char message[MESSAGE_MAX];
	size_t n = fread(message, 1, sizeof(message), stdin);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, at, sizeof(address)))
		return 1;
	if (n && (setresuid(65534, 65534, 65534) || send(fd, message, n, 0) != (ssize_t)n))
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || strlen(argv[2]) >= sizeof(address.sun_path))
		return 2;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[2]);
	if (!strcmp(argv[1], "send"))
		return send_input();
	return argc < 5 ? 2 : receive(!strcmp(argv[1], "stuck"), argv[3], argv + 4);
}
