/* SPDX-License-Identifier: MIT */
/*
 * Dining cooks (Dijkstra 1965): five at a round table, a knife between each two, and to eat, a cook
 * needs both knives beside its plate. All take the one with the smaller number first. So of those
 * who hold a knife, the one with the largest waits for nobody, and everybody eats.
 *
 * Let `first` be the knife at the left and `second` the one at the right, for all of them, and one
 * day each holds its left one and waits for ever for the next cook's. Hocket then says who waits
 * for whom and ends the program with exit code 79; `hocket lab deadlock` shows it.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

enum { COOKS = 5, MEALS = 1000 };

static struct hk_mutex knives[COOKS];
static int users[COOKS]; /* of each knife, at this moment */
static int meals[COOKS], shared[COOKS];

static void eat(int seat, int first, int second)
{
	shared[seat] += users[first]++ > 0;
	shared[seat] += users[second]++ > 0;
	hk_yield();
	users[first]--;
	users[second]--;
	meals[seat]++;
}

static int dine(void *arg)
{
	int seat = *(int *)arg, left = seat, right = (seat + 1) % COOKS;
	int first = left < right ? left : right, second = left < right ? right : left;

	for (int i = 0; i < MEALS; i++)
		HK_LOCKED(&knives[first]) {
			hk_yield();
			HK_LOCKED(&knives[second])
				eat(seat, first, second);
		}
	return 0;
}

static int dinner(void *arg)
{
	HK_SCOPE(s);

	(void)arg;
	for (int i = 0; i < COOKS; i++)
		hk_spawn_copy(&s, dine, &i, sizeof(i));
	return hk_join(&s);
}

int main(void)
{
	int error = hk_run(NULL, dinner, NULL), eaten = 0, met = 0;

	if (error < 0)
		errx(EXIT_FAILURE, "%s", hk_strerror(error));
	for (int i = 0; i < COOKS; i++) {
		eaten += meals[i];
		met += shared[i];
	}
	printf("%d cooks, %d meals, hands met %d times\n", COOKS, eaten, met);
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "stdout");
}
