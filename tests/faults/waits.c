/* SPDX-License-Identifier: MIT */
/* Calls that fail while others wait: nobody is left waiting for ever. */
#include "../check_hocket.h"

#include <errno.h>
#include <sys/socket.h>

#include "wrap.h"

/*
 * Goal: without memory for its stack a job ends with -ENOMEM, and no other is harmed. Method: all
 * mappings are refused from some moment on; of more jobs than the first stacks hold some start.
 */
enum { JOBS = 200 };

static struct hk_inbox inbox = HK_INBOX_INIT;
static struct hk_sem permit;

static int take_permit(void *arg)
{
	(void)arg;
	return hk_sem_wait(&permit);
}

static int serve(void *arg)
{
	(void)arg;
	return hk_inbox_serve(&inbox);
}

static void *serve_all(void *arg)
{
	*(int *)arg = hkt_run(2, serve, NULL);
	return NULL;
}

START_TEST(without_memory_a_job_fails_alone)
{
	static const struct fault no_memory = { "mmap64", ENOMEM, true };
	static struct hk_job jobs[JOBS];
	struct hk_job first = HK_JOB_INIT;
	int refused = 0, result = 1;
	pthread_t thread = hkt_thread(serve_all, &result);

	hk_sem_post(&permit);
	ck_assert_int_eq(hk_submit(&inbox, &first, take_permit, NULL), 0);
	ck_assert_int_eq(hk_job_wait(&first), 0);
	fault_arm(&no_memory, 1);
	for (int i = 0; i < JOBS; i++)
		ck_assert_int_eq(hk_submit(&inbox, &jobs[i], take_permit, NULL), 0);
	hk_inbox_close(&inbox);
	/* The last one comes when the others have all the stacks. */
	ck_assert_int_eq(hk_job_wait(&jobs[JOBS - 1]), -ENOMEM);
	for (int i = 0; i < JOBS; i++)
		hk_sem_post(&permit);
	for (int i = 0; i < JOBS - 1; i++) {
		int got = hk_job_wait(&jobs[i]);

		ck_assert(got == 0 || got == -ENOMEM);
		refused += got == -ENOMEM;
	}
	ck_assert(fault_disarm());
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(result, 0);
	ck_assert_int_lt(refused, JOBS - 10);
}
END_TEST

/*
 * Goal: who still waits for a descriptor that cannot be watched any more is not forgotten. Method:
 * of two tasks that wait for a socket one is served; watching it for the other fails once, and only
 * then is there room for it.
 */
static int sockets[2];

static int wait_for_room(void *arg)
{
	struct pollfd room = { .fd = sockets[0], .events = POLLOUT };

	(void)arg;
	return hk_poll(&room, 1, HK_FOREVER) == 1 ? 0 : -EIO;
}

static int read_byte(void *arg)
{
	char c;

	(void)arg;
	return hk_read(sockets[0], &c, 1) == 1 ? 0 : -EIO;
}

static int lose_the_watch(void *arg)
{
	static const struct fault no_memory = { "epoll_ctl", ENOMEM, false };
	static char bytes[1 << 16];

	(void)arg;
	while (send(sockets[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_room, NULL);
	hk_spawn(&s, read_byte, NULL);
	hkt_await(2, "waits in hk_");
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	fault_arm(&no_memory, 1);
	ck_assert_int_eq(send(sockets[1], bytes, 1, 0), 1);
	while (!fault_met())
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert(fault_disarm());
	while (recv(sockets[1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return hk_join(&s);
}

START_TEST(a_watch_that_fails_is_made_again)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	ck_assert_int_eq(hkt_run(_i, lose_the_watch, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults/waits");
	TCase *tc = hkt_case(suite, "waits", 30);

	tcase_add_test(tc, without_memory_a_job_fails_alone);
	hkt_add_overlap(tc, a_watch_that_fails_is_made_again);
	return hkt_main(suite);
}
