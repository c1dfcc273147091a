/* SPDX-License-Identifier: MIT */
#include "posix.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

#define LIBRARY "libhocket-posix.so.0"

int posix_find(const char *who, char path[PATH_MAX])
{
	/* seen from the folder of this command */
	static const char *const places[] = {
		"../adopt/posix", /* the build tree */
		HOCKET_LIBRARIES, /* installed */
	};
	char self[PATH_MAX] = "";
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		snprintf(self, sizeof(self), "/");
	const char *folder = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char place[2 * PATH_MAX];
		snprintf(place, sizeof(place), "%s/%s/" LIBRARY, folder, places[i]);
		if (access(place, R_OK) != 0 || realpath(place, path) == NULL)
			continue;
		if (strpbrk(path, ": ") == NULL)
			return EX_OK;
		fprintf(stderr,
			"%s: --posix: '%s' cannot be preloaded, because ':' and ' ' separate the "
			"libraries in LD_PRELOAD: move it, or link the program with it\n",
			who, path);
		return EX_UNAVAILABLE;
	}
	fprintf(stderr,
		"%s: --posix: the library " LIBRARY " is neither in %s/../adopt/posix nor in "
		"%s/%s: build it (ninja), or install it (make install)\n",
		who, folder, folder, HOCKET_LIBRARIES);
	return EX_UNAVAILABLE;
}
