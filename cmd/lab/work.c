/* SPDX-License-Identifier: MIT */
/* Computing that takes as long as one wants and has a result that can be compared. */
#include <time.h>

#include <hocket.h>

#include "lab.h"

/* Between two yields: some 0.2 ms, so that nobody waits long for a core. */
#define POLITE 400

static bool is_prime(unsigned number)
{
	if (number % 2 == 0)
		return number == 2;
	for (unsigned divisor = 3; divisor * divisor <= number; divisor += 2)
		if (number % divisor == 0)
			return false;
	return number > 1;
}

unsigned lab_work_primes(unsigned from, unsigned count)
{
	unsigned primes = 0;
	for (unsigned i = 0; i < count; i++)
		primes += is_prime(from + i);
	return primes;
}

unsigned lab_work_primes_politely(unsigned from, unsigned count)
{
	unsigned primes = 0;
	while (count > 0) {
		unsigned now = count < POLITE ? count : POLITE;
		primes += lab_work_primes(from, now);
		from += now;
		count -= now;
		hk_yield();
	}
	return primes;
}

static hk_time cpu_time(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * HK_S + now.tv_nsec;
}

/* In CPU time, as other programs may run; the best of several tries, as they may also disturb. */
unsigned lab_work_per_ms(void)
{
	double best = 0;
	for (int i = 0; i < 8; i++) {
		volatile unsigned primes;
		unsigned numbers = 0;
		hk_time begin = cpu_time();
		hk_time passed;
		do {
			primes = lab_work_primes(LAB_WORK_FROM + numbers, 1000);
			numbers += 1000;
			passed = cpu_time() - begin;
		} while (passed < 5 * HK_MS);
		(void)primes;
		double rate = numbers * (double)HK_MS / (double)passed;
		if (rate > best)
			best = rate;
	}
	return best > 1 ? (unsigned)best : 1;
}

uint32_t lab_work_checksum(uint32_t sum, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ byte[i]) * 16777619u;
	return sum;
}
