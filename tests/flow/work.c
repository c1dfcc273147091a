/* SPDX-License-Identifier: MIT */
/* Whole programs, the same under every execution: their results must be equal in all of them. */
#include "../check_hocket.h"

#include <errno.h>
#include <unistd.h>

/* Goal: a tree of tasks adds up. Method: skynet of 1,111 tasks: ten children a level, 3 levels. */
struct node {
	long first, size, sum;
};

static int skynet(void *arg)
{
	struct node *node = arg, below[10];

	if (node->size == 1) {
		node->sum = node->first;
		return 0;
	}
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++) {
		below[i].size = node->size / 10;
		below[i].first = node->first + i * below[i].size;
		hk_spawn(&s, skynet, &below[i]);
	}
	int error = hk_join(&s);
	node->sum = 0;
	for (int i = 0; i < 10; i++)
		node->sum += below[i].sum;
	return error;
}

START_TEST(a_tree_of_tasks_adds_up)
{
	struct node root = { 0, 1000, 0 };

	ck_assert_int_eq(hkt_run(_i, skynet, &root), 0);
	ck_assert_int_eq(root.sum, 999 * 1000 / 2);
}
END_TEST

/* Goal: a bounded buffer loses and doubles nothing. Method: 2 producers, 2 consumers, a sum. */
enum { SLOTS = 4, ITEMS = 2000 };
static int slots[SLOTS];
static unsigned head, tail;
static struct hk_mutex buffer;
static struct hk_sem room = HK_SEM_INIT(SLOTS), filled;
static _Atomic long consumed;

static int produce(void *arg)
{
	int first = *(int *)arg;

	for (int i = first; i < first + ITEMS; i++) {
		ck_assert_int_eq(hk_sem_wait(&room), 0);
		HK_LOCKED(&buffer)
			slots[tail++ % SLOTS] = i;
		hk_sem_post(&filled);
	}
	return 0;
}

static int consume(void *arg)
{
	(void)arg;
	for (int i = 0; i < ITEMS; i++) {
		ck_assert_int_eq(hk_sem_wait(&filled), 0);
		HK_LOCKED(&buffer)
			consumed += slots[head++ % SLOTS];
		hk_sem_post(&room);
	}
	return 0;
}

static int exchange(void *arg)
{
	static int firsts[] = { 1, ITEMS + 1 };

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, consume, NULL);
	hk_spawn(&s, produce, &firsts[0]);
	hk_spawn(&s, produce, &firsts[1]);
	hk_spawn(&s, consume, NULL);
	return hk_join(&s);
}

START_TEST(a_bounded_buffer_loses_nothing)
{
	ck_assert_int_eq(hkt_run(_i, exchange, NULL), 0);
	ck_assert_int_eq(consumed, (long)ITEMS * (2 * ITEMS + 1));
}
END_TEST

/* Goal: a pipeline passes all bytes in order. Method: five stages that add one to each byte. */
enum { STAGES = 5, BYTES = 50000 };
static int pipes[STAGES + 1][2];

static int feed(void *arg)
{
	unsigned char block[1000];

	(void)arg;
	for (int i = 0; i < BYTES; i += (int)sizeof(block)) {
		for (size_t k = 0; k < sizeof(block); k++)
			block[k] = (unsigned char)((size_t)i + k);
		ck_assert_int_eq(hk_write(pipes[0][1], block, sizeof(block)), sizeof(block));
	}
	close(pipes[0][1]);
	return 0;
}

static int add_to_each(void *arg)
{
	int stage = *(int *)arg;
	unsigned char block[333];
	ssize_t n;

	while ((n = hk_read(pipes[stage][0], block, sizeof(block))) > 0) {
		for (ssize_t k = 0; k < n; k++)
			block[k]++;
		ck_assert_int_eq(hk_write(pipes[stage + 1][1], block, (size_t)n), n);
	}
	close(pipes[stage + 1][1]);
	return (int)n;
}

static int collect(void)
{
	unsigned char block[512];
	unsigned at = 0;
	ssize_t n;

	while ((n = hk_read(pipes[STAGES][0], block, sizeof(block))) > 0)
		for (ssize_t k = 0; k < n; k++, at++)
			ck_assert_uint_eq(block[k], (unsigned char)(at + STAGES));
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(at, BYTES);
	return 0;
}

static int pipeline(void *arg)
{
	static int stages[STAGES] = { 0, 1, 2, 3, 4 };

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < STAGES; i++)
		hk_spawn(&s, add_to_each, &stages[i]);
	hk_spawn(&s, feed, NULL);
	ck_assert_int_eq(collect(), 0);
	return hk_join(&s);
}

START_TEST(a_pipeline_passes_all_bytes)
{
	for (int i = 0; i <= STAGES; i++)
		hkt_pipe(pipes[i]);
	ck_assert_int_eq(hkt_run(_i, pipeline, NULL), 0);
}
END_TEST

/* Goal: many sleepers all wake. Method: 3,000 of 1 to 30 ms interleaved, 60 of 1 ms otherwise. */
static _Atomic long woken;

static int sleep_some(void *arg)
{
	hk_time ns = *(hk_time *)arg, start = hk_now();
	int got = hk_sleep(ns);

	if (got != 0 || hk_now() - start < ns)
		return -EINTR;
	woken++;
	return 0;
}

static int spawn_sleepers(void *arg)
{
	int n = *(int *)arg;

	HK_SCOPE(s);
	for (int i = 0; i < n; i++) {
		hk_time ns = n > 1000 ? (1 + i % 30) * HK_MS : HK_MS;

		hk_spawn_copy(&s, sleep_some, &ns, sizeof(ns));
	}
	return hk_join(&s);
}

START_TEST(many_sleepers_all_wake)
{
	int n = hkt_interleaves(_i) ? 3000 : 60;

	ck_assert_int_eq(hkt_run(_i, spawn_sleepers, &n), 0);
	ck_assert_int_eq(woken, n);
}
END_TEST

/*
 * Goal: all kinds of waits in one program. Method: cooks share ovens (semaphore), a till (mutex)
 * and a pipe for dishes; the sum of the dishes is known.
 */
enum { COOKS = 30, DISHES = 10 };
static struct hk_sem ovens = HK_SEM_INIT(3);
static _Atomic int baking;
static struct hk_mutex till;
static long money;
static int dishes[2];

static void bake(void)
{
	ck_assert_int_le(++baking, 3);
	ck_assert_int_eq(hk_sleep(50 * HK_US), 0);
	baking--;
}

static int cook(void *arg)
{
	unsigned char dish = *(unsigned char *)arg;

	for (int i = 0; i < DISHES; i++) {
		ck_assert_int_eq(hk_sem_wait(&ovens), 0);
		bake();
		hk_sem_post(&ovens);
		HK_LOCKED(&till) {
			long before = money;
			hk_yield();
			money = before + dish;
		}
		ck_assert_int_eq(hk_write(dishes[1], &dish, 1), 1);
	}
	return 0;
}

static int kitchen(void *arg)
{
	unsigned char served[COOKS * DISHES];
	size_t got = 0;
	long sum = 0;

	(void)arg;
	HK_SCOPE(s);
	for (unsigned char i = 1; i <= COOKS; i++)
		hk_spawn_copy(&s, cook, &i, 1);
	while (got < sizeof(served)) {
		ssize_t n = hk_read(dishes[0], served + got, sizeof(served) - got);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	for (size_t i = 0; i < sizeof(served); i++)
		sum += served[i];
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(sum, (long)DISHES * COOKS * (COOKS + 1) / 2);
	ck_assert_int_eq(money, sum);
	return 0;
}

START_TEST(a_kitchen_with_all_kinds_of_waits)
{
	hkt_pipe(dishes);
	ck_assert_int_eq(hkt_run(_i, kitchen, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/work");
	TCase *tc = hkt_case(suite, "work", 30);

	hkt_add_every(tc, a_tree_of_tasks_adds_up);
	hkt_add_overlap(tc, a_bounded_buffer_loses_nothing);
	hkt_add_overlap(tc, a_pipeline_passes_all_bytes);
	hkt_add_every(tc, many_sleepers_all_wake);
	hkt_add_every(tc, a_kitchen_with_all_kinds_of_waits);
	return hkt_main(suite);
}
