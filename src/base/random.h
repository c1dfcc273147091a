/* SPDX-License-Identifier: MIT */
/* The only source of random numbers in the runtime: each use has a state of its own, so that what
   is drawn depends on nothing but the seed. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* A number in 0 ... below - 1. SplitMix64 (Steele, Lea, Flood 2014), scaled (Lemire 2019). */
static inline uint32_t random_below(uint64_t *state, uint32_t below)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z >> 32) * below) >> 32);
}

#endif
