/* SPDX-License-Identifier: MIT */
/* Calls that wait until a thread does something: not before that, and with what it did. */
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <unistd.h>

#include "calls.h"

/* The call gave `wanted` (with this errno, when it is -1), not before the helper acted. */
#define COMES(helper, wanted, error, call)                                                         \
	do {                                                                                       \
		long got_ = (call);                                                                \
		int error_ = error_now();                                                          \
		ck_assert_msg(got_ == (wanted) && (got_ != -1 || error_ == (error)),               \
			"%s gave %ld, errno %d", #call, got_, error_);                             \
		ck_assert_msg((helper)->acted != 0, "%s came back by itself", #call);              \
	} while (0)

static void write_byte(void *fd)
{
	ck_assert_int_eq(write(*(int *)fd, "x", 1), 1);
}

static void drain(void *fd)
{
	static char all[1 << 17];

	ck_assert_int_ge(read(*(int *)fd, all, sizeof(all)), 1);
}

static void close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void make_read(hk_time ns)
{
	struct helper helper = { .once = true };
	char byte;
	int ends[2];

	hkt_pipe(ends);
	helper_start(&helper, ns, write_byte, &ends[1]);
	COMES(&helper, 1, 0, read(ends[0], &byte, 1));
	ck_assert_int_eq(byte, 'x');
	helper_end(&helper);
	close_both(ends);
}

static void post_event(void *fd)
{
	ck_assert_int_eq(eventfd_write(*(int *)fd, 5), 0);
}

static void make_read_eventfd(hk_time ns)
{
	struct helper helper = { .once = true };
	uint64_t count = 0;
	int fd = eventfd(0, EFD_CLOEXEC);

	helper_start(&helper, ns, post_event, &fd);
	COMES(&helper, sizeof(count), 0, read(fd, &count, sizeof(count)));
	ck_assert_uint_eq(count, 5);
	helper_end(&helper);
	close(fd);
}

static void make_write(hk_time ns)
{
	struct helper helper = { .once = true };
	int ends[2];

	hkt_pipe(ends);
	fill(ends[1]);
	helper_start(&helper, ns, drain, &ends[0]);
	COMES(&helper, 1, 0, write(ends[1], "y", 1));
	helper_end(&helper);
	close_both(ends);
}

static void make_recv(hk_time ns)
{
	struct helper helper = { .once = true };
	char byte;
	int ends[2];

	socket_pair(ends, 100 * HK_S);
	helper_start(&helper, ns, write_byte, &ends[1]);
	COMES(&helper, 1, 0, recv(ends[0], &byte, 1, 0));
	ck_assert_int_eq(byte, 'x');
	helper_end(&helper);
	close_both(ends);
}

static void make_send(hk_time ns)
{
	struct helper helper = { .once = true };
	int ends[2];

	socket_pair(ends, 100 * HK_S);
	fill(ends[0]);
	helper_start(&helper, ns, drain, &ends[1]);
	COMES(&helper, 1, 0, send(ends[0], "y", 1, 0));
	helper_end(&helper);
	close_both(ends);
}

struct address {
	struct sockaddr_storage name;
	socklen_t len;
};

static void dial(void *arg)
{
	const struct address *address = arg;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address->name, address->len), 0);
	close(fd);
}

/* Binding to a family alone lets the kernel choose a name. */
static int listener(struct address *address)
{
	struct sockaddr family = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &family, sizeof(family.sa_family)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	address->len = sizeof(address->name);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address->name, &address->len), 0);
	return fd;
}

static void make_accept(hk_time ns)
{
	struct helper helper = { .once = true };
	struct address address;
	int fd = listener(&address);

	helper_start(&helper, ns, dial, &address);
	int got = accept(fd, NULL, NULL);
	ck_assert_int_ge(got, 0);
	ck_assert(helper.acted != 0);
	helper_end(&helper);
	close(got);
	close(fd);
}

static void answer(void *fd)
{
	int got = accept(*(int *)fd, NULL, NULL);

	ck_assert_int_ge(got, 0);
	close(got);
}

/* A queue of length 0 holds one connection; the next one waits until that is accepted. */
static void make_connect(hk_time ns)
{
	struct helper helper = { .once = true };
	struct address address;
	int fd = listener(&address);
	int second = socket(AF_UNIX, SOCK_STREAM, 0);

	dial(&address);
	helper_start(&helper, ns, answer, &fd);
	COMES(&helper, 0, 0, connect(second, (struct sockaddr *)&address.name, address.len));
	helper_end(&helper);
	close(second);
	close(fd);
}

static void make_poll(hk_time ns)
{
	struct helper helper = { .once = true };
	int ends[2];

	hkt_pipe(ends);
	struct pollfd fds[] = { { ends[0], POLLIN | POLLRDNORM, 77 }, { -1, POLLIN, 77 } };
	helper_start(&helper, ns, write_byte, &ends[1]);
	COMES(&helper, 1, 0, poll(fds, 2, -1));
	ck_assert_int_eq(fds[0].revents, POLLIN | POLLRDNORM);
	ck_assert_int_eq(fds[1].revents, 0);
	helper_end(&helper);
	close_both(ends);
}

static void make_ppoll(hk_time ns)
{
	struct helper helper = { .once = true };
	int ends[2];

	hkt_pipe(ends);
	struct pollfd fds[] = { { ends[0], POLLIN, 77 } };
	helper_start(&helper, ns, write_byte, &ends[1]);
	COMES(&helper, 1, 0, ppoll(fds, 1, NULL, NULL));
	ck_assert_int_eq(fds[0].revents, POLLIN);
	helper_end(&helper);
	close_both(ends);
}

/* Linux tells how much time was left. */
static void make_select(hk_time ns)
{
	struct helper helper = { .once = true };
	struct timeval timeout = { 100, 0 };
	int ends[2];
	fd_set reads, writes;

	hkt_pipe(ends);
	fill(ends[1]);
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_SET(ends[1], &writes);
	FD_SET(ends[1], &reads);
	helper_start(&helper, ns, drain, &ends[0]);
	COMES(&helper, 1, 0, select(ends[1] + 1, &reads, &writes, NULL, &timeout));
	ck_assert(FD_ISSET(ends[1], &writes));
	ck_assert(!FD_ISSET(ends[1], &reads));
	ck_assert_int_lt(timeout.tv_sec, 100);
	helper_end(&helper);
	close_both(ends);
}

static void make_epoll_wait(hk_time ns)
{
	struct helper helper = { .once = true };
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 4711 };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int ends[2];

	hkt_pipe(ends);
	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), 0);
	helper_start(&helper, ns, write_byte, &ends[1]);
	event = (struct epoll_event){ 0 };
	COMES(&helper, 1, 0, epoll_wait(epoll, &event, 1, -1));
	ck_assert_uint_eq(event.events, EPOLLIN);
	ck_assert_uint_eq(event.data.u64, 4711);
	helper_end(&helper);
	close(epoll);
	close_both(ends);
}

static void post(void *sem)
{
	sem_post(sem);
}

static void make_sem_wait(hk_time ns)
{
	struct helper helper = { .once = true };
	sem_t sem;

	ck_assert_int_eq(sem_init(&sem, 0, 0), 0);
	helper_start(&helper, ns, post, &sem);
	COMES(&helper, 0, 0, sem_wait(&sem));
	helper_end(&helper);
	sem_destroy(&sem);
}

static void give(void *set)
{
	struct sembuf add = { 0, 1, 0 };

	ck_assert_int_eq(semop(*(int *)set, &add, 1), 0);
}

static void make_semop(hk_time ns)
{
	struct helper helper = { .once = true };
	struct sembuf take = { 0, -1, 0 };
	int set = semget(IPC_PRIVATE, 1, 0600);

	ck_assert_int_ge(set, 0);
	helper_start(&helper, ns, give, &set);
	COMES(&helper, 0, 0, semop(set, &take, 1));
	helper_end(&helper);
	semctl(set, 0, IPC_RMID);
}

struct letter {
	long type;
	char text[16];
};

static void post_letter(void *queue)
{
	struct letter letter = { 3, "hello" };

	ck_assert_int_eq(msgsnd(*(int *)queue, &letter, 5, 0), 0);
}

static void make_msgrcv(hk_time ns)
{
	struct helper helper = { .once = true };
	struct letter letter = { 0 };
	int queue = msgget(IPC_PRIVATE, 0600);

	ck_assert_int_ge(queue, 0);
	helper_start(&helper, ns, post_letter, &queue);
	COMES(&helper, 5, 0, msgrcv(queue, &letter, sizeof(letter.text), 3, 0));
	ck_assert_int_eq(letter.type, 3);
	ck_assert_str_eq(letter.text, "hello");
	helper_end(&helper);
	msgctl(queue, IPC_RMID, NULL);
}

static void fetch_letter(void *queue)
{
	struct letter letter;

	ck_assert_int_ge(msgrcv(*(int *)queue, &letter, sizeof(letter.text), 0, 0), 0);
}

static void make_msgsnd(hk_time ns)
{
	struct helper helper = { .once = true };
	struct letter letter = { 1, "full" };
	struct msqid_ds limits;
	int queue = msgget(IPC_PRIVATE, 0600);

	ck_assert_int_ge(queue, 0);
	ck_assert_int_eq(msgctl(queue, IPC_STAT, &limits), 0);
	limits.msg_qbytes = sizeof(letter.text);
	ck_assert_int_eq(msgctl(queue, IPC_SET, &limits), 0);
	ck_assert_int_eq(msgsnd(queue, &letter, sizeof(letter.text), 0), 0);
	helper_start(&helper, ns, fetch_letter, &queue);
	COMES(&helper, 0, 0, msgsnd(queue, &letter, sizeof(letter.text), 0));
	helper_end(&helper);
	msgctl(queue, IPC_RMID, NULL);
}

/* SIGUSR2 of this process: another call of the same kind may take it, so it is sent again. */
static void signal_process(void *arg)
{
	(void)arg;
	kill(getpid(), SIGUSR2);
}

static void make_sigwaitinfo(hk_time ns)
{
	struct helper helper = { .once = false };
	const struct timespec now = { 0, 0 };
	siginfo_t info = { 0 };
	sigset_t set;
	int signal = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	helper_start(&helper, ns, signal_process, NULL);
	COMES(&helper, SIGUSR2, 0, sigwaitinfo(&set, &info));
	ck_assert_int_eq(info.si_signo, SIGUSR2);
	ck_assert_int_eq(info.si_pid, getpid());
	COMES(&helper, 0, 0, sigwait(&set, &signal));
	ck_assert_int_eq(signal, SIGUSR2);
	helper_end(&helper);
	while (sigtimedwait(&set, NULL, &now) > 0)
		; /* one too many must not end the next call */
}

static void handle(int signal)
{
	(void)signal;
}

static void signal_thread(void *thread)
{
	pthread_kill(*(pthread_t *)thread, SIGUSR1);
}

/* Whose purpose is to be interrupted by a handler; that of another task may come as well. */
static void make_pause(hk_time ns)
{
	struct sigaction action = { .sa_handler = handle };
	struct helper helper = { .once = false };
	sigset_t none;
	pthread_t thread = pthread_self();

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	helper_start(&helper, ns, signal_thread, &thread);
	COMES(&helper, -1, EINTR, pause());
	helper_end(&helper);
	helper = (struct helper){ .once = false };
	thread = pthread_self();
	helper_start(&helper, ns, signal_thread, &thread);
	COMES(&helper, -1, EINTR, sigsuspend(&none));
	helper_end(&helper);
}

const struct call woken_calls[] = {
	{ "read of a pipe", make_read, false },
	{ "read of an eventfd", make_read_eventfd, false },
	{ "write to a pipe", make_write, false },
	{ "recv", make_recv, false },
	{ "send", make_send, false },
	{ "accept", make_accept, false },
	{ "connect", make_connect, true },
	{ "poll", make_poll, false },
	{ "ppoll", make_ppoll, false },
	{ "select", make_select, false },
	{ "epoll_wait", make_epoll_wait, false },
	{ "sem_wait", make_sem_wait, true },
	{ "semop", make_semop, true },
	{ "msgrcv", make_msgrcv, true },
	{ "msgsnd", make_msgsnd, true },
	{ "sigwaitinfo, sigwait", make_sigwaitinfo, true },
	{ "pause, sigsuspend", make_pause, true },
};
const int woken_count = sizeof(woken_calls) / sizeof(woken_calls[0]);
