/* SPDX-License-Identifier: MIT */
/*
 * A task that waits for input beside one that computes. With interleaving the wait costs nothing:
 * `time (sleep 1 | stdin)` takes as long as the slower of the two, not as long as both. Standard
 * input may be a terminal, a pipe, a file or /dev/null.
 */
#include <stdio.h>
#include <unistd.h>

#include <hocket.h>

enum { LIMIT = 1000000 };

struct desk {
	size_t bytes, lines;
	int primes;
};

static int listen_to(void *arg)
{
	struct desk *desk = arg;
	char text[4096];
	ssize_t n;

	while ((n = hk_read(STDIN_FILENO, text, sizeof(text))) > 0) {
		desk->bytes += (size_t)n;
		for (ssize_t i = 0; i < n; i++)
			desk->lines += text[i] == '\n';
	}
	return (int)n;
}

static int compute(void *arg)
{
	struct desk *desk = arg;

	for (int n = 2; n < LIMIT; n++) {
		bool prime = true;
		for (int d = 2; d <= n / d && prime; d++)
			prime = n % d != 0;
		desk->primes += prime;
	}
	return 0;
}

static int work(void *arg)
{
	HK_SCOPE(s);

	hk_spawn(&s, listen_to, arg);
	hk_spawn(&s, compute, arg);
	return hk_join(&s);
}

int main(void)
{
	struct desk desk = { 0 };
	int err = hk_run(NULL, work, &desk);

	if (err < 0) {
		fprintf(stderr, "stdin: cannot read standard input: %s\n", hk_strerror(err));
		return 1;
	}
	printf("%zu lines, %zu bytes read; %d primes below %d\n", desk.lines, desk.bytes,
		desk.primes, LIMIT);
	if (fflush(stdout) != 0) {
		perror("stdin: stdout");
		return 1;
	}
	return 0;
}
