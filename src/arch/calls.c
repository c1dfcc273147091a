/* SPDX-License-Identifier: MIT */
#include "arch/calls.h"

#include <sys/syscall.h>

bool hki_arch_never_restarted(uint64_t number)
{
	switch (number) {
#ifdef __x86_64__ /* younger processors have only what came instead of these */
	case SYS_poll:
	case SYS_select:
	case SYS_epoll_wait:
	case SYS_pause:
#endif
	case SYS_nanosleep:
	case SYS_clock_nanosleep:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_epoll_pwait:
	case SYS_futex:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_read:
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_accept:
	case SYS_accept4:
	case SYS_connect:
	case SYS_msgrcv:
	case SYS_msgsnd:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_rt_sigtimedwait:
	case SYS_rt_sigsuspend:
	case SYS_io_getevents:
		return true;
	default:
		return false;
	}
}
