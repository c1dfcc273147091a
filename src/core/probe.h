/* SPDX-License-Identifier: MIT */
/*
 * The event points as static probes (USDT): a nop each, and a note in the ELF file by which perf,
 * bpftrace, SystemTap and gdb find it and its arguments. Without <sys/sdt.h>, or with -Dprobes=
 * disabled, nothing. doc/debugging.md lists them.
 */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdint.h>

#include <hocket/trace.h>

#ifdef HKI_PROBES
#include <sys/sdt.h>
#define hki_probe_1(name, a)	      DTRACE_PROBE1(hocket, name, a)
#define hki_probe_2(name, a, b)	      DTRACE_PROBE2(hocket, name, a, b)
#define hki_probe_3(name, a, b, c)    DTRACE_PROBE3(hocket, name, a, b, c)
#define hki_probe_4(name, a, b, c, d) DTRACE_PROBE4(hocket, name, a, b, c, d)
#else
#define hki_probe_1(name, a)	      ((void)(a))
#define hki_probe_2(name, a, b)	      ((void)(a), (void)(b))
#define hki_probe_3(name, a, b, c)    ((void)(a), (void)(b), (void)(c))
#define hki_probe_4(name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#endif

/* `what` is a constant wherever this is inlined: one probe is left, or none. */
__attribute__((always_inline)) static inline void hki_probe_event(enum hk_trace_what what,
	uint64_t task, unsigned cause, uint64_t arg)
{
	switch (what) {
	case HK_TRACE_START:
		hki_probe_1(start, task);
		break;
	case HK_TRACE_PARK:
		hki_probe_2(park, task, cause);
		break;
	case HK_TRACE_WAKE:
		hki_probe_3(wake, task, cause, arg);
		break;
	case HK_TRACE_RESUME:
		hki_probe_2(resume, task, cause);
		break;
	case HK_TRACE_END:
		hki_probe_2(end, task, arg);
		break;
	case HK_TRACE_CARRIER:
		hki_probe_2(carrier, cause, arg);
		break;
	case HK_TRACE_OVERRUN:
		hki_probe_2(overrun, task, cause);
		break;
	case HK_TRACE_SPAWN: /* with its texts: hki_event_spawn() */
	case HK_TRACE_RUN:   /* also without an events file: run/run.c */
	case HK_TRACE_STOP:
		break;
	}
}

#endif
