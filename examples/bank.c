/* SPDX-License-Identifier: MIT */
/*
 * A bank. A transfer needs two accounts at once, so it locks both, always the one with the smaller
 * number first: two tellers who lock the same two can then not wait for each other for ever. An
 * auditor locks all of them, in the same order, and adds up: money is neither made nor lost, and is
 * never seen half-way between two accounts.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

enum { ACCOUNTS = 8, TELLERS = 8, TRANSFERS = 1000, AUDITS = 100, EACH = 1000 };

static struct {
	struct hk_mutex lock;
	long money;
} accounts[ACCOUNTS];
static int wrong; /* audits */

static void transfer(int from, int to, long amount)
{
	HK_LOCKED(&accounts[from < to ? from : to].lock)
		HK_LOCKED(&accounts[from < to ? to : from].lock) {
			amount = amount < accounts[from].money ? amount : accounts[from].money;
			accounts[from].money -= amount;
			hk_yield(); /* a bad moment for whoever looks without the locks */
			accounts[to].money += amount;
		}
}

static int serve(void *arg)
{
	unsigned dice = *(unsigned *)arg;

	for (int i = 0; i < TRANSFERS; i++) {
		dice = dice * 1103515245u + 12345u;
		int from = dice >> 16 & 7, step = 1 + (int)(dice >> 20) % (ACCOUNTS - 1);
		transfer(from, (from + step) % ACCOUNTS, dice >> 8 & 255);
	}
	return 0;
}

static int audit(void *arg)
{
	(void)arg;
	for (int i = 0; i < AUDITS; i++, hk_yield()) {
		long total = 0;
		for (int j = 0; j < ACCOUNTS; total += accounts[j++].money)
			hk_mutex_lock(&accounts[j].lock);
		for (int j = 0; j < ACCOUNTS; j++)
			hk_mutex_unlock(&accounts[j].lock);
		wrong += total != (long)ACCOUNTS * EACH;
	}
	return 0;
}

static int open_bank(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < ACCOUNTS; i++)
		accounts[i].money = EACH;
	for (unsigned i = 0; i < TELLERS; i++)
		hk_spawn_copy(&s, serve, &i, sizeof(i));
	hk_spawn(&s, audit, arg);
	return hk_join(&s);
}

int main(void)
{
	int error = hk_run(NULL, open_bank, NULL);
	if (error < 0)
		errx(EXIT_FAILURE, "%s", hk_strerror(error));
	printf("%d transfers, %d of %d audits wrong\n", TELLERS * TRANSFERS, wrong, AUDITS);
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "stdout");
}
