/* SPDX-License-Identifier: MIT */
/* How much CPU the process may use: its affinity mask, and the quota of its cgroups. */
#include "os/os.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, FILE_SIZE = 4096 };

unsigned hki_os_cpus_allowed(void)
{
	for (int cpus = 1024; cpus <= 1 << 20; cpus *= 4) {
		cpu_set_t *set = CPU_ALLOC((size_t)cpus);
		size_t size = CPU_ALLOC_SIZE((size_t)cpus);
		if (!set)
			break;
		int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (count > 0)
			return (unsigned)count;
	}
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned)online : 1;
}

/* The file's text in buf (FILE_SIZE bytes); false when it cannot be read. */
static bool slurp(const char *path, char *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size_t len = 0;
	ssize_t n;
	while (len < FILE_SIZE - 1 && (n = read(fd, buf + len, FILE_SIZE - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	buf[len] = 0;
	return len > 0;
}

static bool slurp_in(const char *folder, const char *name, char *buf)
{
	char path[PATH_SIZE];
	int len = snprintf(path, sizeof path, "%s/%s", folder, name);
	return len > 0 && (size_t)len < sizeof path && slurp(path, buf);
}

/* Whether the comma-separated list has the word. */
static bool lists(const char *list, size_t len, const char *word)
{
	size_t size = strlen(word);
	for (size_t i = 0; i + size <= len; i++) {
		bool starts = i == 0 || list[i - 1] == ',';
		bool ends = i + size == len || list[i + size] == ',';
		if (starts && ends && strncmp(list + i, word, size) == 0)
			return true;
	}
	return false;
}

/*
 * The process's path in the hierarchy of the controller ("" = cgroup v2), from the lines
 * "id:controllers:path" of /proc/self/cgroup, NULL when it has none.
 */
static char *cgroup_path(char *lines, const char *controller)
{
	char *rest = NULL;
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		size_t len = (size_t)(path - list - 1);
		if (*controller ? lists(list + 1, len, controller) : len == 0)
			return path + 1;
	}
	return NULL;
}

/* quota / period in thousandths of a CPU; 0 when it is not a limit. */
static unsigned milli(long long quota, long long period)
{
	if (quota <= 0 || quota > LLONG_MAX / 1000 || period <= 0)
		return 0;
	long long share = quota * 1000 / period;
	return share < 1 ? 1 : share > 1000000000 ? 0 : (unsigned)share;
}

static unsigned quota_v2(const char *folder)
{
	char text[FILE_SIZE];
	if (!slurp_in(folder, "cpu.max", text))
		return 0;
	char *end = NULL;
	long long quota = strtoll(text, &end, 10);
	return end == text ? 0 : milli(quota, strtoll(end, NULL, 10));
}

static unsigned quota_v1(const char *folder)
{
	char quota[FILE_SIZE], period[FILE_SIZE];
	if (!slurp_in(folder, "cpu.cfs_quota_us", quota) ||
		!slurp_in(folder, "cpu.cfs_period_us", period))
		return 0;
	return milli(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/* The smallest limit from the group up to the root of the hierarchy; 0: none. */
static unsigned smallest(const char *mount, const char *group, unsigned (*quota)(const char *))
{
	char folder[PATH_SIZE];
	int len = snprintf(folder, sizeof folder, "%s%s", mount, group);
	if (len < 0 || (size_t)len >= sizeof folder)
		return 0;
	unsigned least = 0;
	for (;;) {
		unsigned here = quota(folder);
		if (here && (!least || here < least))
			least = here;
		char *slash = strrchr(folder, '/');
		if (strlen(folder) <= strlen(mount) || !slash)
			return least;
		*slash = 0;
	}
}

unsigned hki_os_cpu_quota_milli(void)
{
	static const char *const mounts_v1[] = { "/sys/fs/cgroup/cpu",
		"/sys/fs/cgroup/cpu,cpuacct" };
	char lines[FILE_SIZE];
	if (slurp("/proc/self/cgroup", lines)) {
		char *group = cgroup_path(lines, "");
		unsigned quota = group ? smallest("/sys/fs/cgroup", group, quota_v2) : 0;
		if (quota)
			return quota;
	}
	for (size_t i = 0; i < sizeof mounts_v1 / sizeof *mounts_v1; i++) {
		if (!slurp("/proc/self/cgroup", lines))
			return 0;
		char *group = cgroup_path(lines, "cpu");
		unsigned quota = group ? smallest(mounts_v1[i], group, quota_v1) : 0;
		if (quota)
			return quota;
	}
	return 0;
}
