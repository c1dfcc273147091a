/* SPDX-License-Identifier: MIT */
/*
 * Three cooks, one knife. A cook who holds it may be interrupted (here by a yield), and on several
 * workers the cooks really are at work at the same time; the mutex makes the others wait. Take
 * the HK_LOCKED away and hands meet, even on one worker.
 */
#include <stdio.h>

#include <hocket.h>

enum { COOKS = 3, ONIONS = 1000 };

struct board {
	struct hk_mutex knife;
	int hands; /* on the knife */
	int met;   /* how often more than one */
	int cut;
};

static int cook(void *arg)
{
	struct board *board = arg;

	for (int i = 0; i < ONIONS; i++)
		HK_LOCKED(&board->knife) {
			if (++board->hands > 1)
				board->met++;
			int cut = board->cut;
			hk_yield();
			board->cut = cut + 1;
			board->hands--;
		}
	return 0;
}

static int kitchen(void *arg)
{
	HK_SCOPE(s);

	for (int i = 0; i < COOKS; i++)
		hk_spawn(&s, cook, arg);
	return hk_join(&s);
}

int main(void)
{
	struct board board = { .knife = HK_MUTEX_INIT };
	int err = hk_run(NULL, kitchen, &board);

	if (err < 0) {
		fprintf(stderr, "cooks: %s\n", hk_strerror(err));
		return 1;
	}
	printf("%d cooks, 1 knife: %d onions cut, hands met %d times\n", COOKS, board.cut,
		board.met);
	if (fflush(stdout) != 0) {
		perror("cooks: stdout");
		return 1;
	}
	return 0;
}
