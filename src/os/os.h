/* SPDX-License-Identifier: MIT */
/*
 * Every call the runtime makes to Linux (after mimalloc's prim.h). Results: >= 0, or a negative
 * errno. errno is read only inside these functions, which are never inlined: a task may migrate
 * between two of them, and a compiler may keep the address of errno within a function.
 */
#ifndef OS_OS_H
#define OS_OS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- memory.c --- */

/* Reserves zeroed memory that takes no space until it is touched. Returns NULL when refused. */
void *hki_os_map(size_t size);
void hki_os_unmap(void *at, size_t size);
enum { OS_GUARDS_MAX = 16 }; /* at a time */
/* Makes up to OS_GUARDS_MAX areas of whole pages, `stride` apart, fault on access; touches none of
   them. Returns how many, from the first on: 0 before Linux 6.13. */
size_t hki_os_guard_light(void *at, size_t size, size_t stride, size_t count);
/* The same for one area, which any Linux can, but it costs two mappings. */
int hki_os_guard_heavy(void *at, size_t size);
/* Whether hki_os_guard_light() works here. */
bool hki_os_guards_are_light(void);
/* How many mappings a process may have. */
size_t hki_os_mappings_max(void);
/* The memory is to come in small pages. */
void hki_os_no_huge_pages(void *at, size_t size);
/* The contents are no longer needed: zeros from now on, which take no space. Guards stay. */
void hki_os_drop(void *at, size_t size);
size_t hki_os_page_size(void);
/* How many bytes at the end of [at, at + size) are in memory, in pages; 0 when unknown. */
size_t hki_os_resident_tail(void *at, size_t size);

/* --- futex.c --- */

/* Sleeps while *word == value, at most timeout_ns (negative: no limit). May return early. */
void hki_os_futex_wait(uint32_t *word, uint32_t value, int64_t timeout_ns);
void hki_os_futex_wake(uint32_t *word, int count);

/* --- clock.c --- */

int64_t hki_os_now(void);
/* CPU time that the process has used. */
int64_t hki_os_cpu_time(void);
/* Sleeps outside the runtime: a thread, not a task. */
void hki_os_sleep(int64_t ns);

/* --- thread.c --- */

/* Starts a thread; *thread identifies it to hki_os_thread_join(). */
int hki_os_thread_start(uintptr_t *thread, void *(*fn)(void *), void *arg);
/* As that, with all signals blocked: they are the program's. */
int hki_os_thread_start_deaf(uintptr_t *thread, void *(*fn)(void *), void *arg);
void hki_os_thread_join(uintptr_t thread);
/* Has fn called at the end of the calling thread, in whatever way it ends. */
int hki_os_thread_at_end(void (*fn)(void));
uint32_t hki_os_thread_id(void);
/* How many threads the process has; a negative errno when /proc does not tell. */
int hki_os_thread_count(void);
void hki_os_thread_yield(void);

/* --- cpu.c --- */

/* CPUs of the affinity mask. */
unsigned hki_os_cpus_allowed(void);
/* CPUs' worth of time that cgroups grant (v2, then v1), in thousandths; 0: no limit or unknown. */
unsigned hki_os_cpu_quota_milli(void);

/* --- signal.c --- */

/* What a fault at address `at` means to the runtime: says so and returns true when it was a
   stack overflow of a task. Called on the alternate stack. */
typedef bool hki_os_fault_fn(const void *at);
/* Catches SIGSEGV and SIGBUS while at least one user is there; other faults go to the handlers
   that were installed before. */
int hki_os_faults_catch(hki_os_fault_fn *fn);
void hki_os_faults_release(void);
/* An alternate signal stack for the calling thread; size 0: none could be had. */
struct os_altstack {
	void *at;
	size_t size;
	void *old_at;
	size_t old_size;
	int old_flags;
};
int hki_os_altstack_set(struct os_altstack *stack);
void hki_os_altstack_reset(struct os_altstack *stack);

/* --- interrupt.c --- */

/* Called in the interrupted thread, on its alternate stack. context: of the handler. */
typedef void hki_os_interrupt_fn(void *context);
/* Catches the signal while at least one user is there; those not sent by hki_os_interrupt() go to
   the handler that was there before. */
int hki_os_interrupts_catch(int signal, hki_os_interrupt_fn *fn);
void hki_os_interrupts_release(int signal);
/* The calling thread takes the signal. */
void hki_os_interrupts_allow(int signal);
void hki_os_interrupt(uint32_t thread_id, int signal);
/* Whether that can be: 0, or the negative errno with which the system refuses it. */
int hki_os_interrupts_check(void);

/* --- request.c --- */

/* Called in the handler: asks for it. False: there was nobody to ask. */
typedef bool hki_os_request_fn(void);
/* Catches the signal while at least one user is there; the handler that was there before is called
   as well. */
int hki_os_requests_catch(int signal, hki_os_request_fn *fn);
void hki_os_requests_release(int signal);

/* --- watch.c --- */

/* A descriptor for hki_os_thread_state(), or a negative errno. */
int hki_os_thread_state_open(uint32_t thread_id);
/* 'R' runs or could, 'S' and 'D' sleep in the kernel; 0: unknown. */
char hki_os_thread_state(int fd);
/* CPU time that a thread of the process has used; -1: unknown. */
int64_t hki_os_thread_cpu_time(uint32_t thread_id);
/* Whether hki_os_barrier() works here. */
bool hki_os_barrier_open(void);
/* A full memory barrier in every running thread of the process (membarrier(2)). False: refused. */
bool hki_os_barrier(void);

/* --- place.c --- */

/* The CPUs that a thread may use. */
struct os_cpus {
	unsigned long bits[16];
	bool known;
};
/* The CPU that the calling thread is on; -1: unknown. */
int hki_os_cpu_here(void);
/*
 * Keeps the thread to the CPU, on which it then wakes up if it sleeps; before: what it could use so
 * far, for hki_os_thread_free(), or is still known. Does nothing when it may not use that CPU.
 */
void hki_os_thread_bring(uint32_t thread_id, int cpu, struct os_cpus *before);
/* The thread may use those CPUs again; 0: the calling one. */
void hki_os_thread_free(uint32_t thread_id, struct os_cpus *before);
/* Adds a CPU to the set; one that is not known (-1), or too high a number, is left out. */
void hki_os_cpus_add(struct os_cpus *cpus, int cpu);
/* The calling thread is to stay on those, if there are any that it may use. */
void hki_os_thread_stay(const struct os_cpus *cpus);
/* The calling thread gets the CPU soon when it wakes up: exact timers, short kernel slices. */
void hki_os_thread_hasten(int64_t runtime_ns);

/* --- poll.c --- */

struct os_event {
	uint64_t data;
	uint32_t events; /* EPOLL... */
};
int hki_os_epoll_open(void);
/* Watches fd once for events; data comes back with them. -EPERM: epoll does not take such a file.
 */
int hki_os_epoll_arm(int epoll, int fd, uint32_t events, uint64_t data);
/* Watches fd for reading for good. */
int hki_os_epoll_add(int epoll, int fd, uint64_t data);
/* The same, but told only of changes. */
int hki_os_epoll_add_edge(int epoll, int fd, uint64_t data);
/* Waits until events are there or timeout_ns has passed (0: looks only; negative: no limit).
   Returns how many events, 0 also when interrupted; a negative errno. */
int hki_os_epoll_wait(int epoll, struct os_event *events, int max, int64_t timeout_ns);
/* The same, at the very time: by itself the kernel is up to 50 us late, to spare the CPU. */
int hki_os_epoll_wait_exactly(int epoll, struct os_event *events, int max, int64_t timeout_ns);
int hki_os_eventfd_open(void);
int hki_os_eventfd_post(int fd);
void hki_os_eventfd_drain(int fd);
int hki_os_poll(struct pollfd *fds, nfds_t n, int64_t timeout_ns);

/* --- file.c --- */

/* The new descriptor under a number of at least 3: 0, 1 or 2 may be closed, and a program that
   reads its standard input must not read from a descriptor of ours. fd < 0: -errno. */
int hki_os_keep_clear(int fd);
int hki_os_open_truncate(const char *path);
int hki_os_open_append(const char *path);
void hki_os_close(int fd);
/* Writes all len bytes, however long it takes: for the runtime's own files and messages. */
int hki_os_write_all(int fd, const void *buf, size_t len);
/* read(2) and write(2), repeated after EINTR. */
ssize_t hki_os_read(int fd, void *buf, size_t len);
ssize_t hki_os_write(int fd, const void *buf, size_t len);
/* As read and write but they never wait: -EAGAIN when they would have to. */
ssize_t hki_os_try_read(int fd, void *buf, size_t len);
ssize_t hki_os_try_write(int fd, const void *buf, size_t len);
size_t hki_os_fd_limit(void);

/* --- process.c --- */

uint64_t hki_os_pid(void);
/* The mapping that was found last: to read /proc/self/maps takes its time. Starts as zeroes. */
struct os_mapping {
	uintptr_t from, to, offset;
	char file[64];
};
/* "library.so+0x1234" for an address in code; "0x..." when no file is mapped there. */
void hki_os_place_of(struct os_mapping *last, const void *address, char *place, size_t size);
/* Has fn called in every child that a fork() makes, before fork() returns there. Once is enough. */
int hki_os_at_fork(void (*fn)(void));
/* The value of an environment variable; NULL when not set or in a set-user-ID program. */
const char *hki_os_getenv(const char *name);
/* Ends the process at once; flushes stdout and stderr where no thread is using them. */
_Noreturn void hki_os_exit(int code);
_Noreturn void hki_os_abort(void);

#endif
