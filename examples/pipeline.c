/* SPDX-License-Identifier: MIT */
/*
 * A pipeline: numbers -> test (four tasks) -> add. The channels between the stages hold 16 items: a
 * stage that is ahead waits. One that has no more to send closes its channel; the next drains it,
 * sees -EPIPE and does the same. One that fails cancels the others. All are at work at the same
 * time: without interleaving each needs a worker of its own (exec=parallel:workers=8).
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

enum { LIMIT = 100000, TESTERS = 4 };

static int number_slots[16], prime_slots[16];
static struct hk_chan numbers = HK_CHAN_INIT(number_slots), primes = HK_CHAN_INIT(prime_slots);
static long long sum;

static int count_up(void *arg)
{
	int error = 0;
	(void)arg;
	for (int n = 2; n < LIMIT && error == 0; n++)
		error = hk_chan_send(&numbers, &n);
	hk_chan_close(&numbers);
	return error;
}

static int test(void *arg)
{
	int n, error;
	(void)arg;
	while ((error = hk_chan_recv(&numbers, &n)) == 0) {
		bool prime = true;
		for (int d = 2; d <= n / d && prime; d++)
			prime = n % d != 0;
		if (prime && (error = hk_chan_send(&primes, &n)) < 0)
			break;
	}
	return error == -EPIPE ? 0 : error; /* closed and drained: done */
}

static int test_all(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < TESTERS; i++)
		hk_spawn(&s, test, arg);
	int error = hk_join(&s);
	hk_chan_close(&primes); /* nobody is left who sends */
	return error;
}

static int add(void *arg)
{
	int n, error;
	while ((error = hk_chan_recv(&primes, &n)) == 0)
		*(long long *)arg += n;
	return error == -EPIPE ? 0 : error;
}

static int pipeline(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, count_up, NULL);
	hk_spawn(&s, test_all, NULL);
	hk_spawn(&s, add, arg);
	return hk_join(&s);
}

int main(void)
{
	int error = hk_run(NULL, pipeline, &sum);
	if (error < 0)
		errx(EXIT_FAILURE, "%s", hk_strerror(error));
	printf("the primes below %d sum up to %lld\n", LIMIT, sum);
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "stdout");
}
