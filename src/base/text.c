/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

void hki_text_add_list(struct text *text, const char *format, va_list list)
{
	size_t room = text->size - text->len;
	int len = vsnprintf(text->at + text->len, room, format, list);
	if (len < 0)
		return;
	if ((size_t)len < room) {
		text->len += (size_t)len;
		return;
	}
	text->len = text->size - 1;
	if (text->size >= 4)
		memcpy(text->at + text->size - 4, "...", 4);
}

void hki_text_add(struct text *text, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	hki_text_add_list(text, format, list);
	va_end(list);
}

void hki_text_add_json(struct text *text, const char *string)
{
	hki_text_add(text, "\"");
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;
		if (c == '"' || c == '\\')
			hki_text_add(text, "\\%c", c);
		else if (c < 0x20)
			hki_text_add(text, "\\u%04x", c);
		else
			hki_text_add(text, "%c", c);
	}
	hki_text_add(text, "\"");
}
