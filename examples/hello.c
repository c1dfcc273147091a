/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <hocket.h>

static int bake(void *what)
{
	hk_sleep(300 * HK_MS);
	printf("%s: ready\n", (const char *)what);
	return 0;
}

static int kitchen(void *arg)
{
	HK_SCOPE(s);

	(void)arg;
	hk_spawn(&s, bake, "fries");
	hk_spawn(&s, bake, "meat");
	hk_spawn(&s, bake, "vegetables");
	return hk_join(&s);
}

int main(void)
{
	return hk_run(NULL, kitchen, NULL) != 0 || fflush(stdout) != 0;
}
