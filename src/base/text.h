/* SPDX-License-Identifier: MIT */
/*
 * Text built in the caller's memory: for messages from places where stdio may not be used (its
 * locks and malloc may be held by a task). Too long a text ends in "...".
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *at;
	size_t len;
	size_t size;
};

static inline struct text text_in(char *buffer, size_t size)
{
	buffer[0] = 0;
	struct text text = { buffer, 0, size };
	return text;
}

__attribute__((format(printf, 2, 3))) void hki_text_add(struct text *text, const char *format, ...);
__attribute__((format(printf, 2, 0))) void hki_text_add_list(struct text *text, const char *format,
	va_list list);
/* As a JSON string, with its quotes. */
void hki_text_add_json(struct text *text, const char *string);

#endif
