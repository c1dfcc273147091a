/* SPDX-License-Identifier: MIT */
/* bench_sender() as a program, for peers that cannot fork: descriptor 3 is the socket. */
#include "bench.h"

int main(int argc, char **argv)
{
	enum { MS, PARAMS };
	struct bench_param params[] = { { "ms", 1000 } };

	bench_params(argc, argv, params, PARAMS);
	bench_sender(3, bench_now() + params[MS].value * BENCH_MS);
	return 0;
}
