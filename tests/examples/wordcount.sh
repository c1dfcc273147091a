#!/bin/bash
# SPDX-License-Identifier: MIT
# The numbers are those of wc, for real folders and for odd files, in every execution.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

mkdir "$tmp/odd"
: >"$tmp/odd/empty"
printf 'no newline' >"$tmp/odd/open end"
printf ' \t\n\v\f\r \n' >"$tmp/odd/blank"
seq 200000 >"$tmp/odd/long"
tr -d '\n' <"$tmp/odd/long" >"$tmp/odd/one long word"

# What a word of bytes beyond ASCII is in the C locale, versions of wc see differently: in UTF-8 all
# agree. Columns are wc's business: one space between them.
columns()
{
	sed -E 's/^ +//; s/^([0-9]+) +([0-9]+) +/\1 \2 /' | sort
}

for folder in "$SOURCE/include" "$SOURCE/src" "$tmp/odd"; do
	expected=$(find "$folder" -type f -exec env LC_ALL=C.UTF-8 wc {} + | columns)
	for how in $all; do
		out=$(as "$how" "$EXAMPLES/wordcount" "$folder" | columns) ||
			fail "wordcount as $how: exit code $?"
		equal "$expected" "$out" "wordcount as $how of $folder"
	done
done

refuses 1 "wordcount: not complete: No space left on device" \
	sh -c "exec '$EXAMPLES/wordcount' '$tmp/odd' >/dev/full"
refuses 1 "wordcount: not complete: Bad file descriptor" \
	sh -c "exec '$EXAMPLES/wordcount' '$tmp/odd' >&-"

for how in $four; do
	as "$how" "$EXAMPLES/wordcount" "$tmp/odd" "$tmp/none" >/dev/null 2>"$tmp/stderr" &&
		fail "wordcount as $how does not notice a missing file"
	equal "wordcount: $tmp/none: No such file or directory" "$(cat "$tmp/stderr")" "wordcount"
done
