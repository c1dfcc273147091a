/* SPDX-License-Identifier: MIT */
#include <hocket/base.h>

#include <limits.h>
#include <string.h>

const char *hk_version(void)
{
	return HK_VERSION;
}

/* INT_MIN has no positive counterpart, and no meaning. */
static int positive(int err)
{
	return err >= 0 ? err : err == INT_MIN ? INT_MAX : -err;
}

const char *hk_strerror(int err)
{
#ifdef __GLIBC__
	const char *text = strerrordesc_np(positive(err));
	return text ? text : "Unknown error";
#else
	return strerror(positive(err));
#endif
}
