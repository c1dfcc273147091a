/* SPDX-License-Identifier: MIT */
/*
 * The quota of the process's control groups, from files that are right, odd, or not there. The
 * library looks for them in a folder of the test (fault_root()); hk_explain() tells what it found.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wrap.h"

#define MANY "1234567890123456789012345678901234567890123456789012345678901234567890"

static const struct {
	const char *group; /* /proc/self/cgroup; NULL: there is none */
	const char *file, *text, *file2, *text2;
	const char *said;
} cases[] = {
	{ NULL, NULL, NULL, NULL, NULL, "no cgroup quota" },
	{ "", NULL, NULL, NULL, NULL, "no cgroup quota" },
	/* Version 2: the group's own limit, or a tighter one above it. */
	{ "0::/a/b\n", "a/b/cpu.max", "150000 100000\n", NULL, NULL, "grants 1\\.50 CPUs" },
	{ "0::/a/b\n", "a/b/cpu.max", "150000 100000\n", "a/cpu.max", "50000 100000\n",
		"grants 0\\.50 CPUs" },
	{ "0::/a/b\n", "a/b/cpu.max", "max 100000\n", "cpu.max", "200000 100000\n",
		"grants 2\\.00 CPUs" },
	{ "0::/\n", "cpu.max", "max 100000\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a/b", "a/b/cpu.max", "150000 100000", NULL, NULL, "grants 1\\.50 CPUs" },
	/* Odd contents are no limit. */
	{ "0::/a\n", "a/cpu.max", "", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "nonsense\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "100000\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "100000 0\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "100000 -1\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "-1 100000\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "9223372036854775807 100000\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", MANY " " MANY "\n", NULL, NULL, "no cgroup quota" },
	{ "0::/a\n", "a/cpu.max", "1 1000000\n", NULL, NULL, "grants 0\\.00 CPUs" },
	/* Odd lists of groups. */
	{ "\n\n", "cpu.max", "100000 100000\n", NULL, NULL, "no cgroup quota" },
	{ "nonsense\n", "cpu.max", "100000 100000\n", NULL, NULL, "no cgroup quota" },
	{ "0:\n", "cpu.max", "100000 100000\n", NULL, NULL, "no cgroup quota" },
	{ "0::\n", "cpu.max", "100000 100000\n", NULL, NULL, "grants 1\\.00 CPUs" },
	{ "0::/gone (deleted)\n", "cpu.max", "100000 100000\n", NULL, NULL, "grants 1\\.00 CPUs" },
	/* Version 1, alone and beside version 2. */
	{ "3:cpu,cpuacct:/x\n", "cpu/x/cpu.cfs_quota_us", "250000\n", "cpu/x/cpu.cfs_period_us",
		"100000\n", "grants 2\\.50 CPUs" },
	{ "0::/\n3:cpuacct,cpu:/x\n", "cpu/x/cpu.cfs_quota_us", "50000\n",
		"cpu/x/cpu.cfs_period_us", "100000\n", "grants 0\\.50 CPUs" },
	{ "3:cpu,cpuacct:/x\n", "cpu/x/cpu.cfs_quota_us", "-1\n", "cpu/x/cpu.cfs_period_us",
		"100000\n", "no cgroup quota" },
	{ "3:cpu,cpuacct:/x\n", "cpu/x/cpu.cfs_quota_us", "50000\n", NULL, NULL,
		"no cgroup quota" },
	{ "3:cpuset:/x\n", "cpu/x/cpu.cfs_quota_us", "50000\n", "cpu/x/cpu.cfs_period_us",
		"100000\n", "no cgroup quota" },
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* Writes the file below the folder, with the folders above it. */
static void put(const char *folder, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", folder, path);
	for (char *at = full + strlen(folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		ck_assert(mkdir(full, 0700) == 0 || errno == EEXIST);
		*at = '/';
	}
	file = fopen(full, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void put_limit(const char *folder, const char *path, const char *text)
{
	char full[256];

	if (path == NULL)
		return;
	snprintf(full, sizeof(full), "/sys/fs/cgroup/%s", path);
	put(folder, full, text);
}

static void assert_explained(const char *folder, const char *said)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	char text[8192];
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	fault_root(folder);
	ck_assert_int_eq(hk_explain(NULL, fd), 0);
	fault_root("");
	n = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_msg(hkt_matches(text, said), "no '%s' in: %s", said, text);
	close(fd);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *folder)
{
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Goal: quotas are found, and what is none is not taken for one. Method: the table. */
START_TEST(quotas_are_read)
{
	char folder[] = "/tmp/hocket-cgroup-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	if (cases[_i].group != NULL)
		put(folder, "/proc/self/cgroup", cases[_i].group);
	put_limit(folder, cases[_i].file, cases[_i].text);
	put_limit(folder, cases[_i].file2, cases[_i].text2);
	assert_explained(folder, cases[_i].said);
	remove_all(folder);
}
END_TEST

/* Goal: names that are too long for any path are no limit. Method: a group of 4000 letters. */
START_TEST(a_group_with_a_long_name)
{
	char folder[] = "/tmp/hocket-cgroup-XXXXXX";
	static char line[8000];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "0::/", 4);
	put(folder, "/proc/self/cgroup", line);
	assert_explained(folder, "no cgroup quota");
	line[4085] = '\0';
	put(folder, "/proc/self/cgroup", line);
	assert_explained(folder, "no cgroup quota");
	remove_all(folder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults/cgroup");
	TCase *tc = hkt_case(suite, "quota", 20);

	tcase_add_loop_test(tc, quotas_are_read, 0, CASES);
	tcase_add_test(tc, a_group_with_a_long_name);
	return hkt_main(suite);
}
